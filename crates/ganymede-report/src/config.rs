//! A run's configuration as a list of keys, and in what configurations differ.

use std::collections::{BTreeMap, BTreeSet};

/// Keys with their values as they are written. Tables are named by dots; a list of tables by the `name` or `kind` of each,
/// or by its position.
pub(crate) type Keys = BTreeMap<String, String>;

/// The key that does not tell groups apart.
pub(crate) const SEED: &str = "seed";

/// Every key of a configuration.
///
/// # Errors
/// What is wrong with the TOML, in one line.
pub(crate) fn keys(toml: &str) -> Result<Keys, String> {
    let table: toml::Table = toml.parse().map_err(|error: toml::de::Error| error.message().to_owned())?;
    let mut keys = Keys::new();
    flatten("", &toml::Value::Table(table), &mut keys);
    Ok(keys)
}

fn flatten(prefix: &str, value: &toml::Value, keys: &mut Keys) {
    let under = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") };
    match value {
        toml::Value::Table(table) => table.iter().for_each(|(name, value)| flatten(&under(name), value, keys)),
        toml::Value::Array(values) if !values.is_empty() && values.iter().all(toml::Value::is_table) => {
            for (index, value) in values.iter().enumerate() {
                let named = ["name", "kind"].iter().find_map(|key| value.get(key)?.as_str());
                let taken = |name: &&str| !keys.keys().any(|key| key.starts_with(&format!("{}.", under(name))));
                let name = named.filter(taken).map_or_else(|| index.to_string(), str::to_owned);
                flatten(&under(&name), value, keys);
            }
        }
        other => drop(keys.insert(prefix.to_owned(), other.to_string())),
    }
}

/// The keys that are not the same in all of these, in order.
pub(crate) fn differences<'a>(configs: &[&'a Keys]) -> Vec<&'a str> {
    let names: BTreeSet<&str> = configs.iter().flat_map(|keys| keys.keys().map(String::as_str)).collect();
    let differs = |name: &&str| {
        let mut values = configs.iter().map(|keys| keys.get(*name));
        let first = values.next().flatten();
        values.any(|value| value != first)
    };
    names.into_iter().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::{differences, keys};

    const CONFIG: &str = "seed = 3\n[a]\nb = 1.5\nc = [1, 2]\n[[strategy]]\nname = \"packing\"\nrows = 2\n[[strategy]]\nx = 1\n\
                          [[strategy]]\nname = \"packing\"\n";

    #[test]
    fn keys_are_named_as_they_are_set() {
        let found: Vec<_> = keys(CONFIG).unwrap().into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let expected = [
            "a.b = 1.5",
            "a.c = [1, 2]",
            "seed = 3",
            "strategy.1.x = 1",
            "strategy.2.name = \"packing\"",
            "strategy.packing.name = \"packing\"",
            "strategy.packing.rows = 2",
        ];
        assert_eq!(found, expected);
        assert!(keys("a = ").is_err());
    }

    #[test]
    fn only_what_differs_is_named() {
        let one = keys(CONFIG).unwrap();
        let other = keys(&CONFIG.replace("seed = 3", "seed = 4").replace("rows = 2", "size = 2")).unwrap();
        assert_eq!(differences(&[&one, &other]), ["seed", "strategy.packing.rows", "strategy.packing.size"]);
        assert!(differences(&[&one, &one]).is_empty());
        assert!(differences(&[]).is_empty());
    }
}
