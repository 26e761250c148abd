//! `ganymede classifier`: trains the classifier that names the modes of pictures, and describes one.

use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

use ganymede_core::place::Place;
use ganymede_evaluation::classifier::{Classifier, ClassifierError, TrainingOptions, train_classifier};
use ganymede_files::{ReadOptions, SampleSet, read_samples};

use crate::arguments::{ClassifierCommand, ReadArguments, TrainClassifierArguments};
use crate::failure::{Failure, OrFailure, Outcome, print, say};
use crate::monitor::progress::duration;
use crate::run::classifier::read;
use crate::system::atomic::{check_output_of, store};
use crate::system::bar::Bar;
use crate::system::device::DeviceKind;

/// Classes that are listed with their errors.
const LISTED: usize = 20;

pub(crate) fn classifier(command: &ClassifierCommand) -> Outcome<()> {
    match command {
        ClassifierCommand::Train(arguments) => train(arguments),
        ClassifierCommand::Show(arguments) => {
            let kind = DeviceKind::choose(None)?;
            let place = Place::new(kind.require()?);
            let refuse = |error: ClassifierError| Failure::refused(format!("{}: {error}", arguments.file.display()));
            let classifier = read(&arguments.file, "")?.at(&place).map_err(refuse)?;
            print(&card(&arguments.file, &classifier))
        }
    }
}

fn train(arguments: &TrainClassifierArguments) -> Outcome<()> {
    let out = &arguments.out;
    let files = [Some(&arguments.set.path), arguments.set.labels.as_ref(), arguments.test.as_ref()];
    let read: Vec<&Path> =
        files.into_iter().chain([arguments.test_labels.as_ref()]).flatten().map(AsRef::as_ref).collect();
    check_output_of("safetensors", "--out", out, &read)?;
    let kind = DeviceKind::choose(arguments.device.device.as_deref())?;
    let device = kind.require()?;
    let set = &arguments.set;
    let data = samples(&set.path, set.labels.as_deref(), &set.reading)?;
    let test = arguments.test.as_deref();
    let test = test.map(|path| samples(path, arguments.test_labels.as_deref(), &set.reading)).transpose()?;
    kind.open()?;
    if !arguments.quiet {
        data.report.iter().for_each(|line| say(&format!("data: {line}")));
    }
    let options = TrainingOptions { seed: arguments.seed, steps: arguments.steps };
    let started = Instant::now();
    let mut bar = Bar::new("step", arguments.quiet);
    let trained = train_classifier(
        &data.contents,
        test.as_ref().map(|test| &test.contents),
        &options,
        &Place::new(device),
        |progress| bar.show(progress.step, progress.steps, &format!("loss {:.3}", progress.loss)),
    );
    bar.clear();
    let classifier = trained.map_err(|error| refused(arguments, &error))?;
    store(out, &classifier.to_bytes().or_fail()?)?;
    print(&format!(
        "{}trained in {}; use it with [evaluation] classifier = \"{}\"\n",
        card(out, &classifier),
        duration(started.elapsed().as_secs_f64()),
        out.display()
    ))
}

/// What could not be done, with the argument that has to change.
fn refused(arguments: &TrainClassifierArguments, error: &ClassifierError) -> Failure {
    let place = match (error, &arguments.test) {
        (ClassifierError::Option { .. }, _) => return Failure::refused(format!("--{error}")),
        (ClassifierError::NotFinite { .. }, _) => return Failure::failed(error.to_string()),
        (ClassifierError::UnknownClass { .. } | ClassifierError::Shape { .. }, Some(test)) => test,
        _ => &arguments.set.path,
    };
    Failure::refused(format!("{}: {error}", place.display()))
}

fn samples(path: &Path, labels: Option<&Path>, reading: &ReadArguments) -> Outcome<SampleSet> {
    let labels = labels.map(|labels| std::path::absolute(labels).unwrap_or_else(|_| labels.to_owned()));
    let set = read_samples(path, &ReadOptions { labels, ..reading.options()? }).or_refuse()?;
    if set.contents.labels.is_none() {
        return Err(Failure::refused(format!("{}: {}", path.display(), ClassifierError::NoLabels)));
    }
    Ok(set)
}

/// What a classifier is, in lines.
fn card(path: &Path, classifier: &Classifier) -> String {
    let card = classifier.card();
    let mut text = format!("{}: {card}\n", path.display());
    // Writing to a text cannot fail.
    let _ = writeln!(text, "recognisable: from a confidence of {:.4} on", classifier.confidence_limit());
    let _ = writeln!(text, "data: {}, {} of them learnt from in {} updates", card.data, card.learnt_from, card.steps);
    let width = card.classes.iter().take(LISTED).map(|name| name.chars().count()).max().unwrap_or(0).max(5);
    let _ = writeln!(text, "{:<width$}  {:>8}  {:>7}  taken for", "class", "samples", "right");
    let rows = card.classes.iter().zip(&card.confusion).enumerate().take(LISTED);
    for (class, (name, row)) in rows {
        let total: usize = row.iter().sum();
        let mut others: Vec<(usize, &String)> = row
            .iter()
            .zip(&card.classes)
            .enumerate()
            .filter(|(other, (count, _))| *other != class && **count > 0)
            .map(|(_, (count, name))| (*count, name))
            .collect();
        others.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        let most: Vec<String> = others.iter().take(3).map(|(count, name)| format!("{name} {count}")).collect();
        // A class without held-out samples was not measured.
        let right = match total {
            0 => "-".to_owned(),
            _ => format!("{:.1} %", 100.0 * row[class] as f64 / total as f64),
        };
        let _ = writeln!(text, "{name:<width$}  {total:>8}  {right:>7}  {}", most.join(", "));
    }
    if card.classes.len() > LISTED {
        let _ = writeln!(text, "and {} more classes", card.classes.len() - LISTED);
    }
    text
}
