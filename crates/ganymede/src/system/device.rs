//! The devices that a build can compute on. All that depends on backend features is in this file.

use std::panic::AssertUnwindSafe;

use burn::tensor::{Device, Tensor};
use ganymede_core::config::near_miss;

use crate::failure::{Failure, Outcome, panic_text};

/// A kind of device, as `--device` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceKind {
    /// The processor, by burn's own kernels.
    Flex,
    /// The processor, by ndarray.
    Ndarray,
    /// A GPU through whatever graphics API there is.
    Wgpu,
    /// A GPU through Vulkan.
    Vulkan,
    /// An NVIDIA GPU.
    Cuda,
}

impl DeviceKind {
    /// Every kind, the preferred ones first.
    pub(crate) const ALL: [Self; 5] = [Self::Flex, Self::Ndarray, Self::Wgpu, Self::Vulkan, Self::Cuda];

    /// The name in arguments and summaries, and of the feature that brings it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Ndarray => "ndarray",
            Self::Wgpu => "wgpu",
            Self::Vulkan => "vulkan",
            Self::Cuda => "cuda",
        }
    }

    /// What it is, in a few words.
    pub(crate) fn summary(self) -> &'static str {
        match self {
            Self::Flex => "processor, burn's own kernels",
            Self::Ndarray => "processor, ndarray",
            Self::Wgpu => "GPU by Vulkan, Metal or DirectX",
            Self::Vulkan => "GPU by Vulkan, compiled to SPIR-V",
            Self::Cuda => "NVIDIA GPU by CUDA, untested",
        }
    }

    /// What one has to know before a build with its feature; empty where there is nothing.
    pub(crate) fn remark(self) -> &'static str {
        match self {
            // `burn-cuda` 0.22 depends on `cubecl-llvm`, whose build script fetches the bundle.
            Self::Cuda => ", whose build downloads an LLVM bundle; use vulkan",
            Self::Flex | Self::Ndarray | Self::Wgpu | Self::Vulkan => "",
        }
    }

    /// Whether tensors live in the machine's own memory and are computed by its own threads.
    pub(crate) fn is_processor(self) -> bool {
        matches!(self, Self::Flex | Self::Ndarray)
    }

    /// Whether this build has it.
    pub(crate) fn is_in_build(self) -> bool {
        self.device().is_some()
    }

    /// The kind of this name, or the preferred one of this build.
    ///
    /// Fails when there is no such kind or when it is not in this build.
    pub(crate) fn choose(name: Option<&str>) -> Outcome<Self> {
        let Some(name) = name else {
            let first = Self::ALL.into_iter().find(|kind| kind.is_in_build());
            return first.ok_or_else(|| Failure::refused("no device is in this build; add --features flex"));
        };
        let names = Self::ALL.map(Self::name);
        let Some(kind) = Self::ALL.into_iter().find(|kind| kind.name() == name) else {
            let hint = match near_miss(name, &names) {
                Some(meant) => format!("did you mean \"{meant}\"?"),
                None => format!("known are {}", names.join(", ")),
            };
            return Err(Failure::refused(format!("--device {name}: unknown device \"{name}\"; {hint}")));
        };
        if kind.is_in_build() {
            return Ok(kind);
        }
        Err(Failure::refused(format!("device \"{name}\" is not in this build; add --features {name}")))
    }

    /// The device, not yet opened.
    ///
    /// Fails where it is not in this build.
    pub(crate) fn require(self) -> Outcome<Device> {
        self.device().ok_or_else(|| Failure::refused("the device is not in this build"))
    }

    /// The device, not yet opened; nothing where it is not in this build.
    pub(crate) fn device(self) -> Option<Device> {
        match self {
            #[cfg(feature = "flex")]
            Self::Flex => Some(Device::flex()),
            #[cfg(not(feature = "flex"))]
            Self::Flex => None,
            #[cfg(feature = "ndarray")]
            #[expect(deprecated, reason = "burn prefers flex; ndarray stays selectable to compare with it")]
            Self::Ndarray => Some(Device::ndarray()),
            #[cfg(not(feature = "ndarray"))]
            Self::Ndarray => None,
            #[cfg(feature = "wgpu")]
            Self::Wgpu => Some(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(not(feature = "wgpu"))]
            Self::Wgpu => None,
            #[cfg(feature = "vulkan")]
            Self::Vulkan => Some(Device::vulkan(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(not(feature = "vulkan"))]
            Self::Vulkan => None,
            #[cfg(feature = "cuda")]
            Self::Cuda => Some(Device::cuda(0)),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda => None,
        }
    }

    /// The names of the graphics adapters that it reaches; opens them. Empty for processors.
    pub(crate) fn adapters(self) -> Result<Vec<String>, String> {
        let list: fn() -> Vec<String> = match self {
            Self::Flex | Self::Ndarray => Vec::new,
            #[cfg(feature = "wgpu")]
            Self::Wgpu => || adapter_names(burn::tensor::DeviceType::Wgpu),
            #[cfg(not(feature = "wgpu"))]
            Self::Wgpu => Vec::new,
            #[cfg(feature = "vulkan")]
            Self::Vulkan => || adapter_names(burn::tensor::DeviceType::Vulkan),
            #[cfg(not(feature = "vulkan"))]
            Self::Vulkan => Vec::new,
            #[cfg(feature = "cuda")]
            Self::Cuda => || adapter_names(burn::tensor::DeviceType::Cuda),
            #[cfg(not(feature = "cuda"))]
            Self::Cuda => Vec::new,
        };
        quietly(list)
    }

    /// Opens the device and computes once on it. The reason in one line when that is impossible.
    pub(crate) fn probe(self) -> Result<(), String> {
        let device = self.device().ok_or_else(|| "not in this build".to_owned())?;
        let sum = quietly(move || {
            let ones = Tensor::<1>::ones([2], &device);
            ones.sum().try_into_scalar::<f32>().map_err(|error| error.to_string())
        })?;
        match sum {
            Ok(sum) if (sum - 2.0).abs() < 1e-6 => Ok(()),
            Ok(sum) => Err(format!("it says that 1 + 1 = {sum}")),
            Err(error) => Err(error),
        }
    }

    /// The opened device.
    ///
    /// Fails with one clear line when the machine cannot compute on it.
    pub(crate) fn open(self) -> Outcome<Device> {
        let unusable = |reason: String| {
            Failure::failed(format!(
                "device \"{}\" cannot be used here: {reason}; `ganymede devices` lists what can",
                self.name()
            ))
        };
        if !self.is_processor() {
            self.probe().map_err(unusable)?;
        }
        self.device().ok_or_else(|| unusable("not in this build".to_owned()))
    }
}

#[cfg(any(feature = "wgpu", feature = "cuda"))]
fn adapter_names(device_type: burn::tensor::DeviceType) -> Vec<String> {
    let devices = Device::enumerate(device_type).into_vec();
    let mut names: Vec<String> = devices.iter().filter_map(Device::identity).map(|identity| identity.name).collect();
    names.dedup();
    names
}

/// Runs what may panic for want of a driver or an adapter, and gives the panic's message instead of printing it.
fn quietly<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let result = std::panic::catch_unwind(AssertUnwindSafe(work));
    std::panic::set_hook(hook);
    result.map_err(|panic| panic_text(panic.as_ref()))
}
