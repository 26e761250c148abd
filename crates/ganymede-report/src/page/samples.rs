//! Pictures of samples behind a slider.

use ganymede_charts::number;

use crate::html::Html;
use crate::pictures::{Album, Picture};

/// The pictures of a run, whose place in the page `id` names.
pub(super) fn write(html: &mut Html, name: &str, album: &Album, id: usize) {
    let (Some(last), count) = (album.samples.last(), album.samples.len()) else {
        html.raw("<p class=\"quiet\">No picture of samples is in the run's folder.</p>\n");
        notes(html, album);
        return;
    };
    html.raw("<div class=\"samples\"><div class=\"stage\">\n");
    for (index, picture) in album.samples.iter().enumerate() {
        let label = format!("Samples of {name} after {} steps", number(picture.step as f64));
        image(html, picture, &label, index + 1 < count);
    }
    html.raw("</div>\n");
    if count > 1 {
        html.raw("<div class=\"control\"><label for=\"slider-")
            .text(id)
            .raw("\">Step</label><input type=\"range\" id=\"slider-");
        html.text(id).raw("\" min=\"0\" max=\"").text(count - 1).raw("\" step=\"1\" value=\"").text(count - 1);
        html.raw("\" aria-valuetext=\"step ").text(number(last.step as f64)).raw("\"><output for=\"slider-").text(id);
        html.raw("\">").text(number(last.step as f64)).raw("</output></div>\n");
    } else {
        html.raw("<p class=\"quiet\">After ").text(number(last.step as f64)).raw(" steps.</p>\n");
    }
    html.raw("</div>\n");
    notes(html, album);
}

/// The picture of real samples, where there is one.
pub(super) fn reals(html: &mut Html, name: &str, album: &Album) {
    if let Some(reals) = &album.reals {
        html.raw("<div class=\"samples\"><div class=\"stage\">\n");
        image(html, reals, &format!("Real samples of {name}"), false);
        html.raw("</div><p class=\"quiet\">Real samples.</p></div>\n");
    }
}

fn image(html: &mut Html, picture: &Picture, label: &str, hidden: bool) {
    html.raw("<img alt=\"").text(label).raw("\" width=\"").text(picture.width).raw("\" height=\"").text(picture.height);
    html.raw("\" data-step=\"").text(number(picture.step as f64)).raw("\" src=\"").text(&picture.address).raw("\"");
    html.raw(if hidden { " hidden>\n" } else { ">\n" });
}

fn notes(html: &mut Html, album: &Album) {
    for note in &album.notes {
        html.raw("<p class=\"note\">").text(note).raw("</p>\n");
    }
}
