//! A strip over the steps that changes its colour: the state of something.

use crate::chart::Tone;
use crate::text::{Svg, escaped, number};

/// A strip from step 0 to `steps`, of stretches that each begin at a step. `title` is its name for those who do not see it.
pub fn strip(title: &str, steps: f64, stretches: &[(f64, Tone, &str)]) -> Svg {
    let (left, wide) = (46.0, 1_074.0);
    let across = |step: f64| left + wide * (step / steps.max(1.0)).clamp(0.0, 1.0);
    let words = stretches.iter().map(|(step, _, name)| format!("{name} from step {}", number(*step)));
    let words = words.collect::<Vec<_>>().join(", ");
    let mut svg = Svg::default();
    svg.push(format_args!(
        "<svg class=\"strip\" viewBox=\"0 0 1130 30\" role=\"img\" aria-label=\"{}: {}\">",
        escaped(title),
        escaped(&words)
    ));
    for (index, (step, tone, name)) in stretches.iter().enumerate() {
        let (from, to) = (across(*step), stretches.get(index + 1).map_or(left + wide, |(next, ..)| across(*next)));
        let class = tone.class();
        svg.push(format_args!(
            "<g class=\"{class}\"><title>{name} from step {}</title>\
             <rect x=\"{from:.1}\" y=\"4\" width=\"{:.1}\" height=\"22\"/>",
            number(*step),
            (to - from).max(0.0),
            name = escaped(name)
        ));
        if to - from >= 8.0 * name.chars().count() as f64 {
            svg.push(format_args!("<text x=\"{:.1}\" y=\"19.5\">{}</text>", from + 7.0, escaped(name)));
        }
        svg.push(format_args!("</g>"));
    }
    svg.push(format_args!("</svg>"));
    svg
}

#[cfg(test)]
mod tests {
    use super::strip;
    use crate::Tone;

    #[test]
    fn stretches_meet() {
        let svg = strip("state", 200.0, &[(0.0, Tone::Good, "healthy"), (150.0, Tone::Bad, "<bad>")]).to_string();
        for part in [
            "aria-label=\"state: healthy from step 0, &lt;bad&gt; from step 150\"",
            "<rect x=\"46.0\" y=\"4\" width=\"805.5\"",
            "<rect x=\"851.5\" y=\"4\" width=\"268.5\"",
            ">&lt;bad&gt;</text>",
        ] {
            assert!(svg.contains(part), "no {part} in {svg}");
        }
        assert!(!strip("none", 0.0, &[]).to_string().contains("<rect"));
    }
}
