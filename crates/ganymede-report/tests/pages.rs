//! Reports of folders as runs leave them: whole, killed, damaged, hostile, many.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test that cannot go on should say so")]
#![expect(clippy::format_push_string, reason = "these texts are small")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ganymede_report::{MOST_BYTES, Report, ReportError};
use image::{Rgb, RgbImage};
use tempfile::TempDir;

/// The folder of a run that collapses at step 200 and goes on to `steps`.
fn run(under: &Path, name: &str, seed: u64, steps: u64, ended: bool) -> PathBuf {
    let path = under.join(name);
    fs::create_dir(&path).unwrap();
    let config = format!(
        "steps = {steps}\nseed = {seed}\n[data]\nkind = \"ring\"\n[detector.rule.thresholds.coverage]\nsuspect = 0.4\ncollapsed = 0.1\n"
    );
    fs::write(path.join("config.toml"), config).unwrap();
    let mut stats = String::new();
    for step in (0..=steps).step_by(50) {
        let (seconds, value) = (step as f64 / 100.0, 1.0 / (1.0 + step as f64 + seed as f64));
        let verdict = if step < 200 { "healthy" } else { "collapsed" };
        let coverage = if step < 200 { 0.9 } else { 0.05 };
        stats += &format!(
            "{{\"step\":{step},\"seconds\":{seconds},\"losses\":{{\"discriminator/objective\":{value},\"generator/objective\":2.5}},\
             \"metrics\":{{\"modes_total\":8,\"modes_covered\":3,\"high_quality\":0.5,\"sliced_wasserstein\":{value},\"novel_figure\":7}},\
             \"detector\":{{\"verdict\":\"{verdict}\",\"health\":0.7,\"std_ratio\":9.5,\"coverage\":{coverage},\"fake_std\":null}}}}\n"
        );
        if step == 200 {
            stats += "{\"step\":200,\"seconds\":2.0,\"event\":{\"kind\":\"verdict\",\"before\":\"healthy\",\"after\":\"collapsed\",\
                      \"signs\":[{\"signal\":\"coverage\",\"value\":0.05,\"limit\":0.1,\"verdict\":\"collapsed\"}]}}\n";
        }
    }
    fs::write(path.join("stats.jsonl"), stats).unwrap();
    for step in [0, steps] {
        let shade = (step % 251) as u8;
        RgbImage::from_fn(90, 60, |x, _| Rgb([x as u8, shade, 40]))
            .save(path.join(format!("samples-{step:06}.png")))
            .unwrap();
    }
    if ended {
        let summary = format!(
            "{{\"steps\":{steps},\"steps_made\":{steps},\"seconds\":4.5,\"steps_per_second\":88.9,\"evaluation_seconds\":0.5,\
             \"device\":\"flex\",\"seed\":{seed},\"verdict\":\"collapsed\",\"headline\":\"modes-lost\",\"doubt\":null,\
             \"reasons\":[\"a <b>reason</b>\"],\"lost\":{{\"value\":0.62,\"low\":0.58,\"high\":0.65}},\"best\":null,\
             \"modes_total\":8,\"modes_covered\":{},\"high_quality\":0.5,\"oracle\":{{\"modes_covered\":8,\"high_quality\":0.99}}}}",
            seed % 8
        );
        fs::write(path.join("summary.json"), summary).unwrap();
    }
    path
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn page(runs: &[PathBuf]) -> String {
    Report::read(runs).unwrap().html()
}

#[test]
fn a_run_is_told_in_words_charts_and_pictures() {
    let folder = folder();
    let html = page(&[run(folder.path(), "ring", 3, 400, true)]);
    for part in [
        "<title>ring</title>",
        "Parts of the data are lost, about 62\u{a0}% of it (58 to 65\u{a0}%).",
        "A &lt;b&gt;reason&lt;/b&gt;.",
        "Ended after 400 of 400 steps.",
        "<h4>coverage</h4>",
        "class=\"band bad\"",
        "Collapsed: coverage 0.05 (below 0.1).",
        "<h4>loss of the discriminator</h4>",
        "<h4>novel figure</h4>",
        "aria-label=\"state as watched: healthy from step 0, collapsed from step 200\"",
        "Samples of ring after 400 steps",
        "aria-valuetext=\"step 400\"",
        "data:image/png;base64,",
        "not recorded",
        "<summary>Configuration</summary>",
    ] {
        assert!(html.contains(part), "no {part}");
    }
    assert_eq!(html.matches("<img ").count(), 2);
    assert!(!html.contains("http://") || html.matches("http://").count() == html.matches("http://www.w3.org").count());
    assert!(html.len() < MOST_BYTES);
}

#[test]
fn a_killed_run_has_a_report() {
    let folder = folder();
    let killed = run(folder.path(), "killed", 0, 300, false);
    fs::write(killed.join("config.toml"), "steps = 1000\nseed = 0\n").unwrap();
    let stats = fs::read_to_string(killed.join("stats.jsonl")).unwrap();
    fs::write(killed.join("stats.jsonl"), &stats[..stats.len() - 40]).unwrap();
    let report = Report::read(&[&killed]).unwrap();
    assert!(report.notes()[0].contains("stats.jsonl:8: the last line is cut off"), "{:?}", report.notes());
    let html = report.html();
    for part in ["As watched at step 250: collapsed.", "Recorded 250 of 1000 steps; it is still running", "is cut off"]
    {
        assert!(html.contains(part), "no {part}");
    }
}

#[test]
fn a_run_that_has_just_begun_has_a_report() {
    let folder = folder();
    let path = folder.path().join("new");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("config.toml"), "steps = 10\n").unwrap();
    for (stats, part) in [
        (None, "Nothing was recorded yet."),
        (Some(""), "Nothing was recorded yet."),
        (Some("{\"step\":0}\n"), "Recorded 0 of 10"),
    ] {
        if let Some(stats) = stats {
            fs::write(path.join("stats.jsonl"), stats).unwrap();
        }
        let html = page(std::slice::from_ref(&path));
        assert!(html.contains(part) && html.contains("no verdict yet"), "no {part}");
    }
}

#[test]
fn whatever_a_run_says_is_text() {
    let folder = folder();
    let evil = "<script>alert('x')</script>";
    let path = run(folder.path(), &evil.replace('/', "\u{2215}"), 0, 100, false);
    fs::write(path.join("config.toml"), format!("steps = 100\nname = \"{evil}\"\n")).unwrap();
    let mut stats = fs::read_to_string(path.join("stats.jsonl")).unwrap();
    stats += &format!(
        "{{\"step\":100,\"losses\":{{\"{evil}/{evil}\":1.0}},\"metrics\":{{\"\\\" onload=\\\"x\":1}},\
         \"event\":{{\"kind\":\"divergence\",\"loss\":\"{evil}\",\"value\":null}},\"stopped\":\"{evil}\"}}\n{{\"<i>\n"
    );
    fs::write(path.join("stats.jsonl"), stats).unwrap();
    fs::write(path.join("summary.json"), "</script>").unwrap();
    for runs in [vec![path.clone()], vec![path, run(folder.path(), "other", 0, 100, true)]] {
        let html = page(&runs);
        assert_eq!(html.matches("<script").count(), 1, "the page's own");
        assert_eq!(html.matches("</script").count(), 1);
        assert!(!html.contains("\" onload=\"x") && html.contains("&quot; onload=&quot;x"));
        assert!(!html.contains("<i>"));
    }
}

#[test]
fn what_is_no_run_is_refused_with_a_remedy() {
    let folder = folder();
    let (file, empty) = (folder.path().join("file"), folder.path().join("empty"));
    fs::write(&file, "").unwrap();
    fs::create_dir(&empty).unwrap();
    let good = run(folder.path(), "good", 0, 100, true);
    for (paths, reason) in [
        (vec![folder.path().join("none")], "none: there is no such folder; name the folder of a run"),
        (vec![file], "file: this is a file; name the folder of a run"),
        (vec![good.clone(), empty], "empty: no run was begun here"),
        (vec![good.clone(), good.join(".")], "this run is named twice"),
        (vec![], "no run to report on; name"),
    ] {
        let error = Report::read(&paths).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(reason), "no {reason} in {error}");
    }
    // A folder in the place of a file cannot be read as one.
    fs::remove_file(good.join("stats.jsonl")).unwrap();
    fs::create_dir(good.join("stats.jsonl")).unwrap();
    assert!(matches!(Report::read(&[good]), Err(ReportError::Unreadable { .. })));
}

#[test]
fn damaged_files_are_noted_and_left_out() {
    let folder = folder();
    let path = run(folder.path(), "damaged", 0, 100, true);
    fs::write(path.join("config.toml"), "= nonsense").unwrap();
    fs::write(path.join("summary.json"), "{\"verdict\": 7").unwrap();
    fs::write(path.join("samples-000000.png"), "no picture").unwrap();
    fs::write(path.join("stats.jsonl"), "\u{fffd}\n{\"step\":\"x\"}\n{\"step\":50,\"seconds\":1e999}\n{\"step\":60}\n")
        .unwrap();
    let report = Report::read(&[path]).unwrap();
    let notes = report.notes().join("\n");
    for part in
        ["config.toml: cannot be used", "summary.json: cannot be used", "stats.jsonl:1: no record", "stats.jsonl:2:"]
    {
        assert!(notes.contains(part), "no {part} in {notes}");
    }
    let html = report.html();
    assert!(html.contains("samples-000000.png: no picture") && html.matches("<img ").count() == 1);
    assert!(!html.contains("NaN") && !html.contains(">inf"), "only finite numbers are drawn");
}

#[test]
fn seeds_are_one_group_and_differences_are_named() {
    let folder = folder();
    let mut runs: Vec<PathBuf> =
        (0..5).map(|seed| run(folder.path(), &format!("ring-s{seed}"), seed, 200, true)).collect();
    let html = page(&runs);
    // Modes 0 to 4: a mean of 2 and an error of sqrt(2.5 / 5).
    for part in [
        "ring (5 seeds)",
        "2 ± 0.707 (5)",
        "5 collapsed",
        "Nothing but the seed.",
        "class=\"spread\"",
        "href=\"#run-4\"",
    ] {
        assert!(html.contains(part), "no {part}");
    }
    runs.push(run(folder.path(), "longer", 0, 250, true));
    let html = page(&runs);
    for part in ["<code>steps</code>", "<td>200</td><td>250</td>", "longer"] {
        assert!(html.contains(part), "no {part}");
    }
}

#[test]
fn a_report_stays_small_however_much_is_in_it() {
    let folder = folder();
    let noise = |x: u32, y: u32| {
        (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(0x9e37_79b1)).rotate_left(x % 31).to_le_bytes()
    };
    let one = run(folder.path(), "pictures", 0, 5_000, true);
    for step in 1..8 {
        let picture =
            RgbImage::from_fn(600, 600, |x, y| Rgb([noise(x, y + step)[0], noise(y, x)[1], noise(x + step, y)[2]]));
        picture.save(one.join(format!("samples-{step:06}.png"))).unwrap();
    }
    let html = page(std::slice::from_ref(&one));
    assert!(html.len() < MOST_BYTES, "{}", html.len());
    assert!(html.contains("Pictures are smaller or coarser here"));
    assert_eq!(html.matches("<img ").count(), 9, "all are there");
    let many: Vec<PathBuf> =
        (0..100).map(|seed| run(folder.path(), &format!("many-{seed}"), seed, 100 + 50 * (seed % 20), true)).collect();
    let html = page(&many);
    assert!(html.len() < MOST_BYTES, "{}", html.len());
    for part in ["100 runs side by side", "Above 12 runs no run has a section", "12 others"] {
        assert!(html.contains(part), "no {part}");
    }
}

/// The browser of this machine; says loudly that a test is left out where there is none.
fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names
        .into_iter()
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|out| out.status.success()));
    if found.is_none() {
        eprintln!("LEFT OUT: no chromium here, so no report was opened in a browser");
    }
    found
}

#[test]
fn a_browser_draws_every_figure_and_has_nothing_to_complain_of() {
    let Some(chromium) = chromium() else { return };
    let folder = folder();
    let runs = [
        run(folder.path(), "one", 0, 400, true),
        run(folder.path(), "two", 1, 400, true),
        run(folder.path(), "<b>", 0, 200, false),
    ];
    for chosen in [&runs[..1], &runs[2..], &runs[..]] {
        let html = page(chosen);
        let file = folder.path().join("page.html");
        let probe = format!("<script>{}</script></body>", include_str!("probe.js"));
        fs::write(&file, html.replace("</body>", &probe)).unwrap();
        let output = Command::new(chromium)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--enable-logging=stderr",
                "--v=0",
                "--dump-dom",
            ])
            .args(["--virtual-time-budget=5000", "--window-size=1200,900"])
            .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
            .arg(format!("file://{}", file.display()))
            .output()
            .unwrap();
        let (page, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let title = page.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        assert!(
            title.starts_with("step|0|true|90|false|step 0: ") && title.contains("0.9"),
            "{}",
            &page[..page.len().min(700)]
        );
        assert!(!log.contains("CONSOLE"), "{log}");
        assert!(html.matches("<figure class=\"panel\"").count() >= 7);
    }
}
