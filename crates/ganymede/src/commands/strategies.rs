//! `ganymede strategies`.

use ganymede_core::registry::{Factory, Registry};
use serde::Serialize;

use crate::arguments::StrategiesArguments;
use crate::failure::{OrFailure, Outcome, print};

/// A strategy as it describes itself; of one that is not in this build only the name is known.
#[derive(Debug, Serialize)]
struct Description {
    name: &'static str,
    in_build: bool,
    summary: Option<&'static str>,
    paper: Option<&'static str>,
    equation: Option<&'static str>,
    defaults: Option<&'static str>,
}

impl Description {
    fn of(factory: &Factory) -> Self {
        Self {
            name: factory.name,
            in_build: true,
            summary: Some(factory.summary),
            paper: Some(factory.paper),
            equation: Some(factory.equation),
            defaults: Some(factory.defaults.trim()),
        }
    }

    fn missing(name: &'static str) -> Self {
        Self { name, in_build: false, summary: None, paper: None, equation: None, defaults: None }
    }
}

/// Prints what the strategies say of themselves.
pub(crate) fn strategies(arguments: &StrategiesArguments) -> Outcome<()> {
    let descriptions = describe(&ganymede_strategies::registry());
    if arguments.json {
        return print(&(serde_json::to_string_pretty(&descriptions).or_fail()? + "\n"));
    }
    let texts = descriptions.iter().map(if arguments.markdown { markdown } else { plain });
    print(&texts.collect::<Vec<_>>().join(if arguments.markdown { "" } else { "\n" }))
}

fn describe(registry: &Registry) -> Vec<Description> {
    let present = registry.factories().iter().map(|factory| Description::of(factory));
    let missing = registry.missing().into_iter().map(Description::missing);
    let mut descriptions: Vec<Description> = present.chain(missing).collect();
    descriptions.sort_by_key(|description| description.name);
    descriptions
}

/// A paragraph for people.
fn plain(description: &Description) -> String {
    let name = description.name;
    let Some(summary) = description.summary else {
        return format!("{name}: not in this build; add --features {name}\n");
    };
    let mut lines = vec![format!("{name}: {summary}")];
    for (title, value) in [("paper", description.paper), ("equation", description.equation)] {
        lines.extend(value.map(|value| format!("  {title:<9} {value}")));
    }
    for (index, line) in description.defaults.unwrap_or_default().lines().enumerate() {
        lines.push(format!("  {:<9} {line}", if index == 0 { "defaults" } else { "" }));
    }
    lines.join("\n") + "\n"
}

/// A row of the README's table.
fn markdown(description: &Description) -> String {
    let cell = |text: Option<&str>| text.unwrap_or("not in this build").replace('|', "\\|");
    let (name, summary, paper) = (description.name, cell(description.summary), cell(description.paper));
    format!("| [`{name}`](crates/ganymede-{name}/README.md) | {summary} | {paper} |\n")
}
