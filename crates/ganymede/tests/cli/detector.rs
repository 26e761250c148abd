//! The detector in training: what it records, tells, stops and takes back.

use serde_json::Value;

use crate::support::Workplace;

/// Rules by which every generator has collapsed at its second look.
const ALARM: &str = "\
null_looks = 0
[detector.rule]
warm_up = 0
progress_window = 0
[detector.rule.thresholds]
std_ratio = { suspect = 99.0, collapsed = 98.0 }
kept_share = { suspect = 99.0, collapsed = 98.0 }
";

fn workplace(on_collapse: &str) -> Workplace {
    let workplace = Workplace::new();
    let text = format!(
        "{}\n[detector]\nevery = 2\nmax_rollbacks = 2\non_collapse = \"{on_collapse}\"\n{ALARM}",
        workplace.read("tiny.toml")
    );
    workplace.write("watched.toml", text);
    workplace
}

fn lines(workplace: &Workplace) -> Vec<Value> {
    workplace.read("run/stats.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The kind and the step of every event, as the records and as the summary have them.
fn events(workplace: &Workplace) -> Vec<(String, u64)> {
    let of = |kind: &Value, step: &Value| (kind.as_str().unwrap().to_owned(), step.as_u64().unwrap());
    let recorded: Vec<_> = lines(workplace)
        .iter()
        .filter(|line| line["event"].is_object())
        .map(|line| of(&line["event"]["kind"], &line["step"]))
        .collect();
    let summary = workplace.json("run/summary.json");
    let summed: Vec<_> =
        summary["events"].as_array().unwrap().iter().map(|event| of(&event["kind"], &event["step"])).collect();
    assert_eq!(recorded, summed, "records and summary tell the same");
    recorded
}

fn named(list: &[(&str, u64)]) -> Vec<(String, u64)> {
    list.iter().map(|(kind, step)| ((*kind).to_owned(), *step)).collect()
}

#[test]
fn every_look_is_in_the_records_and_the_last_one_in_the_summary() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run --set detector.every=4");
    let looks: Vec<Value> = lines(&workplace).into_iter().filter(|line| line["detector"].is_object()).collect();
    let steps: Vec<u64> = looks.iter().map(|line| line["step"].as_u64().unwrap()).collect();
    assert_eq!(steps, [4, 8, 12, 16, 20]);
    let summary = workplace.json("run/summary.json");
    for signal in [
        "std_ratio",
        "distance_ratio",
        "coverage",
        "vendi_ratio",
        "kept_share",
        "discriminator_accuracy",
        "real_called_real",
    ] {
        assert!(looks.iter().all(|line| line["detector"][signal].is_number()), "{signal}");
        assert_eq!(summary["watched"]["signals"][signal], looks[4]["detector"][signal], "{signal}");
    }
    assert_eq!(summary["watched"]["verdict"], looks[4]["detector"]["verdict"]);
}

#[test]
fn a_collapse_is_told_with_the_signals_that_say_so_and_the_run_goes_on() {
    let workplace = workplace("warn");
    let ended = workplace.succeed("train watched.toml --out run");
    assert!(ended.stderr.contains("step 4: as watched: collapsed: std ratio"), "{}", ended.stderr);
    assert!(ended.stdout.contains("as watched at the last look: collapsed"), "{}", ended.stdout);
    assert_eq!(events(&workplace), named(&[("verdict", 4)]));
    assert_eq!(workplace.json("run/summary.json")["watched"]["verdict"], "collapsed");
    let event = &workplace.json("run/summary.json")["events"][0];
    assert_eq!((&event["before"], &event["after"]), (&"healthy".into(), &"collapsed".into()));
    assert_eq!(event["signs"][0]["signal"], "std_ratio");
}

#[test]
fn ignored_collapses_are_recorded_and_not_told() {
    let workplace = workplace("ignore");
    let ended = workplace.succeed("train watched.toml --out run");
    assert!(!ended.stderr.contains("collapsed:"), "{}", ended.stderr);
    assert_eq!(events(&workplace), named(&[("verdict", 4)]));
}

#[test]
fn a_run_that_stops_on_a_collapse_exits_with_4_and_leaves_everything() {
    let workplace = workplace("stop");
    let ended = workplace.run("train watched.toml --out run");
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("stopped, since the generator has collapsed"), "{}", ended.stderr);
    assert_eq!(events(&workplace), named(&[("verdict", 4), ("stop", 4)]));
    let summary = workplace.json("run/summary.json");
    assert_eq!((&summary["steps"], &summary["steps_made"]), (&4.into(), &4.into()));
    for file in ["generator.safetensors", "samples.npy", "samples.png", "config.toml", "stats.jsonl"] {
        assert!(workplace.path(&format!("run/{file}")).exists(), "{file}");
    }
    workplace.succeed("sample run --count 5 --out five.npy");
}

#[test]
fn rollbacks_are_counted_told_and_end_with_4_when_they_do_not_help() {
    let workplace = workplace("rollback");
    let ended = workplace.run("train watched.toml --out run");
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(ended.stderr.contains("step 0: rolled back from step 4"), "{}", ended.stderr);
    let expected = [("verdict", 4), ("rollback", 0), ("verdict", 4), ("rollback", 0), ("verdict", 4), ("stop", 4)];
    assert_eq!(events(&workplace), named(&expected));
    let summary = workplace.json("run/summary.json");
    assert_eq!((&summary["steps"], &summary["steps_made"]), (&4.into(), &12.into()));
    assert_eq!(summary["events"][3]["learning_rate_factor"], 0.25);
    let places: Vec<(u64, u64)> = lines(&workplace)
        .iter()
        .filter(|line| line["detector"].is_object())
        .map(|line| (line["rollbacks"].as_u64().unwrap_or(0), line["step"].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [(0, 2), (0, 4), (1, 2), (1, 4), (2, 2), (2, 4)], "each step once for each attempt");
}

#[test]
fn data_that_cannot_be_watched_is_said_and_refused_only_where_it_matters() {
    let workplace = Workplace::new();
    workplace.write("points.csv", "0.0,1.0\n0.5,1.5\n1.0,2.0\n");
    let tiny = workplace.read("tiny.toml");
    let text = tiny.replace("kind = \"ring\"\nsamples = 1_000", "kind = \"file\"\npath = \"points.csv\"");
    workplace.write("few.toml", text);
    let ended = workplace.run("train few.toml --out run");
    assert_eq!(ended.code, Some(5), "too few rows to tell: {ended:?}");
    assert!(ended.stderr.contains("warning: few.toml: ") && ended.stderr.contains("detector.every = 0"), "{ended:?}");
    let summary = workplace.json("run/summary.json");
    assert!(summary["watched"].is_null() && summary["verdict"] != "healthy", "{summary}");
    let ended = workplace.run("train few.toml --out refused --set detector.on_collapse=\"stop\"");
    ended.assert_error(2, &["few.toml", "rows", "detector.every = 0"], "few rows");
    assert!(!workplace.path("refused").exists());
}

#[test]
fn the_best_generator_is_kept_and_can_be_drawn_from() {
    let workplace = Workplace::new();
    workplace.succeed("train tiny.toml --quiet --out run --set steps=60 --set evaluation.best=\"jensen-shannon\"");
    let best = workplace.json("run/summary.json")["best"].clone();
    assert_eq!(best["by"], "jensen-shannon");
    let evaluated = lines(&workplace);
    let values =
        evaluated.iter().filter(|line| line["step"] != 0).filter_map(|line| line["metrics"]["jensen_shannon"].as_f64());
    let lowest = values.fold(f64::INFINITY, f64::min);
    assert_eq!(best["value"].as_f64(), Some(lowest));
    workplace.succeed("sample run --best --count 5 --out best.npy");
    workplace.succeed("sample run --count 5 --out last.npy");
    let last_is_best = best["step"] == 60;
    assert_eq!(workplace.bytes("best.npy") == workplace.bytes("last.npy"), last_is_best);

    workplace.succeed("train tiny.toml --quiet --out without --set evaluation.best=\"nothing\"");
    assert!(!workplace.path("without/best.safetensors").exists());
}
