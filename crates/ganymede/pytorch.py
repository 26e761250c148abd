import json
import torch
from safetensors import safe_open
from torch import nn

with safe_open("generator.safetensors", "pt") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    layers = json.loads(file.metadata()["layers"])

def module(layer, tensors, came_in):
    """One layer on pictures `[rows, channels, height, width]`; a point is a picture of one pixel."""
    (in_height, in_width, inputs), (height, width, outputs) = came_in, layer["output"]
    window = {key: int(layer[key]) for key in ("stride", "padding", "groups") if key in layer}
    weight, bias = tensors.get("weight"), tensors.get("bias")
    scale, shift = tensors.get("scale"), tensors.get("shift")
    values = {"weight": weight} | ({} if bias is None else {"bias": bias.flatten()})
    match layer["kind"]:
        case "linear":  # the file has the channels of a pixel side by side, PyTorch the pixels of a channel
            weight = weight.reshape(in_height, in_width, inputs, height, width, outputs).permute(5, 3, 4, 2, 0, 1)
            values["weight"] = weight.reshape(outputs * height * width, -1)
            values["bias"] = bias.reshape(height, width, outputs).permute(2, 0, 1).flatten()
            linear = nn.Linear(*values["weight"].T.shape)
            linear.load_state_dict(values)
            return nn.Sequential(nn.Flatten(), linear, nn.Unflatten(1, (outputs, height, width)))
        case "convolution":
            made = nn.Conv2d(inputs, outputs, int(layer["kernel"]), bias=bias is not None, **window)
            values["weight"] = weight.reshape(made.weight.shape)
        case "transposed convolution":
            kernel, stride, padding = (int(layer[key]) for key in ("kernel", "stride", "padding"))
            rest = [large - (small - 1) * stride + 2 * padding - kernel
                    for large, small in ((height, in_height), (width, in_width))]
            made = nn.ConvTranspose2d(inputs, outputs, kernel, bias=bias is not None, output_padding=rest, **window)
            values["weight"] = weight.reshape(made.weight.shape)
        case "batch norm":
            made = nn.BatchNorm2d(outputs, layer["epsilon"])
            values = {"weight": scale.flatten(), "bias": shift.flatten(), "num_batches_tracked": torch.tensor(0),
                      "running_mean": tensors["running_mean"].flatten(),
                      "running_var": tensors["running_variance"].flatten()}
        case "layer norm" | "group norm":  # a layer norm over rows is one group
            made = nn.GroupNorm(int(layer.get("groups", 1)), outputs, layer["epsilon"])
            values = {"weight": scale.flatten(), "bias": shift.flatten()}
        case "leaky ReLU":  # with slope 0, a ReLU
            return nn.LeakyReLU(layer["slope"])
        case "upsampling" if not layer["binomial"]:
            return nn.Upsample(scale_factor=int(layer["factor"]))
        case "tanh":
            return nn.Tanh()
        case "sigmoid":
            return nn.Sigmoid()
        case "dropout":
            return nn.Dropout(layer["probability"])
        case other:
            raise NotImplementedError(other)
    made.load_state_dict(values)
    return made

generator, shape = nn.Sequential(), (1, 1, tensors["example.latents"].shape[1])
for index, layer in enumerate(layers):
    own = {name.removeprefix(f"layers.{index}."): tensor for name, tensor in tensors.items()
           if name.startswith(f"layers.{index}.")}
    generator.append(module(layer, own, shape))
    shape = layer["output"]
generator.eval()

with torch.no_grad():
    pictures = generator(tensors["example.latents"][:, :, None, None])
samples = pictures.permute(0, 2, 3, 1).flatten(1)
torch.testing.assert_close(samples, tensors["example.samples"], rtol=0, atol=1e-4)
print(tuple(pictures.shape))
