//! What functions must be given (`heat/engine/hot/functions.py`), as far as it stands in the
//! template: what other functions come to is not known.

use super::functions::Language;
use super::is_string;
use crate::yaml::{Kind, Node, Value};

/// A place that is wrong, and what is wrong with it.
type Wrong<'n> = (&'n Node, String);
type Checked<'n> = Result<(), Wrong<'n>>;

/// Checks what a function of Heat's is given.
pub(super) fn check<'n>(language: Language, name: &str, given: &'n Node) -> Checked<'n> {
    let call = Call { language, name };
    match name {
        "get_param" => call.subject(given),
        "get_resource" | "get_file" => call.text(given, "the argument"),
        "get_attr" => call.attribute(given),
        "list_join" => call.join(given),
        "str_replace" | "str_replace_strict" | "str_replace_vstrict" => call.replace(given),
        "resource_facade" => call.facade(given),
        "repeat" => call.repeat(given),
        "digest" => call.digest(given),
        "str_split" => call.split(given),
        "map_merge" => call.each(given, "maps", Node::is_mapping),
        "map_replace" => call.map_replace(given),
        "list_concat" | "list_concat_unique" => call.each(given, "lists", Node::is_list),
        "filter" | "contains" => call.exactly(given, 2),
        "yaql" => call.yaql(given),
        "make_url" => call.url(given),
        "if" => call.choice(given),
        _ => Ok(()),
    }
}

struct Call<'c> {
    language: Language,
    name: &'c str,
}

fn wrong<T>(at: &Node, message: impl Into<String>) -> Result<T, Wrong<'_>> {
    Err((at, message.into()))
}

impl Call<'_> {
    fn is_open(&self, node: &Node) -> bool {
        self.language.call(node).is_some()
    }

    fn text<'n>(&self, node: &'n Node, what: &str) -> Checked<'n> {
        if node.as_str().is_some() || self.is_open(node) {
            return Ok(());
        }
        let message = format!(
            "{what} of `{}` is {} and must be a string",
            self.name,
            node.type_name()
        );
        wrong(node, message)
    }

    fn list<'n>(&self, node: &'n Node) -> Checked<'n> {
        if node.is_list() {
            return Ok(());
        }
        let message = format!(
            "`{}` is given {} and needs a list",
            self.name,
            node.type_name()
        );
        wrong(node, message)
    }

    fn exactly<'n>(&self, node: &'n Node, count: usize) -> Checked<'n> {
        self.list(node)?;
        let given = node.items().len();
        if given == count {
            return Ok(());
        }
        let message = format!("`{}` is given {given} items and needs {count}", self.name);
        wrong(node, message)
    }

    fn map<'n>(&self, node: &'n Node) -> Checked<'n> {
        if node.is_mapping() {
            return Ok(());
        }
        let message = format!(
            "`{}` is given {} and needs a map",
            self.name,
            node.type_name()
        );
        wrong(node, message)
    }

    /// Returns the value of a key of a map.
    fn key<'n>(&self, node: &'n Node, key: &str) -> Result<&'n Node, Wrong<'n>> {
        self.map(node)?;
        match node.get(key) {
            Some(value) => Ok(value),
            None => wrong(node, format!("`{}` is not given `{key}`", self.name)),
        }
    }

    fn only<'n>(&self, node: &'n Node, keys: &[&str]) -> Checked<'n> {
        let mut names = node.entries().iter().map(|(key, _)| key);
        match names.find(|key| !key.text().is_some_and(|text| keys.contains(&text))) {
            None => Ok(()),
            Some(key) => {
                let name = key.text().unwrap_or_default();
                wrong(key, format!("`{}` knows no `{name}`", self.name))
            }
        }
    }

    fn subject<'n>(&self, given: &'n Node) -> Checked<'n> {
        match given.items().first() {
            Some(first) => self.text(first, "the first item"),
            None => self.text(given, "the argument"),
        }
    }

    fn attribute<'n>(&self, given: &'n Node) -> Checked<'n> {
        self.list(given)?;
        let least = if self.language >= Language::SEVERAL_LISTS {
            1
        } else {
            2
        };
        if given.items().len() < least {
            return wrong(given, "`get_attr` needs a resource and its attribute");
        }
        Ok(())
    }

    fn join<'n>(&self, given: &'n Node) -> Checked<'n> {
        self.list(given)?;
        let most = match self.language >= Language::SEVERAL_LISTS {
            true => usize::MAX,
            false => 1,
        };
        let (delimiter, lists) = match given.items() {
            [delimiter, lists @ ..] if (1..=most).contains(&lists.len()) => (delimiter, lists),
            _ => return wrong(given, "`list_join` needs a delimiter and a list"),
        };
        self.text(delimiter, "the delimiter")?;
        for list in lists
            .iter()
            .filter(|list| !self.is_open(list) && !is_nothing(list))
        {
            self.list(list)?;
            let mut items = list.items().iter();
            if let Some(item) = items.find(|item| !self.is_joined(item)) {
                let message = format!(
                    "`list_join` joins strings, and this is {}",
                    item.type_name()
                );
                return wrong(item, message);
            }
        }
        Ok(())
    }

    fn is_joined(&self, item: &Node) -> bool {
        let is_many = self.language >= Language::SEVERAL_LISTS && item.text().is_none();
        is_many || self.is_open(item) || item.is_null() || is_string(item)
    }

    fn replace<'n>(&self, given: &'n Node) -> Checked<'n> {
        let (template, params) = (self.key(given, "template")?, self.key(given, "params")?);
        self.text(template, "the template")?;
        if self.is_open(params) {
            return Ok(());
        }
        if !params.is_mapping() {
            let message = format!("the params of `{}` must be a map", self.name);
            return wrong(params, message);
        }
        let is_strict = self.name != "str_replace";
        let Some(text) = template.as_str().filter(|_| is_strict) else {
            return Ok(());
        };
        let mut keys = params.entries().iter().map(|(key, _)| key);
        let unused = keys.find(|key| key.text().is_some_and(|word| !text.contains(word)));
        match unused {
            None => Ok(()),
            Some(key) => {
                let word = key.text().unwrap_or_default();
                wrong(
                    key,
                    format!(
                        "`{word}` is not in the template, and `{}` wants it there",
                        self.name
                    ),
                )
            }
        }
    }

    fn facade<'n>(&self, given: &'n Node) -> Checked<'n> {
        match given.as_str() {
            Some("metadata" | "deletion_policy" | "update_policy") => Ok(()),
            _ => wrong(
                given,
                "`resource_facade` gives metadata, deletion_policy or update_policy",
            ),
        }
    }

    fn repeat<'n>(&self, given: &'n Node) -> Checked<'n> {
        let (each, _) = (self.key(given, "for_each")?, self.key(given, "template")?);
        if let Some(value) = given.get("permutations")
            && self.language >= Language::PIKE
            && !matches!(
                value.kind,
                Kind::Scalar {
                    value: Value::Bool(_),
                    ..
                }
            )
        {
            return wrong(value, "`permutations` must be true or false");
        }
        if self.is_open(each) {
            return Ok(());
        }
        if !each.is_mapping() {
            return wrong(each, "the `for_each` of `repeat` must be a map");
        }
        let is_right = |node: &Node| {
            let is_map = self.language >= Language::CONDITIONS && node.is_mapping();
            node.is_list() || is_map || self.is_open(node) || node.is_null()
        };
        let mut lists = each.entries().iter().map(|(_, list)| list);
        match lists.find(|list| !is_right(list)) {
            None => self.repeated(each),
            Some(list) => {
                let message = format!(
                    "`repeat` goes through lists, and this is {}",
                    list.type_name()
                );
                wrong(list, message)
            }
        }
    }

    /// Checks what takes the place of words.
    fn repeated<'n>(&self, each: &'n Node) -> Checked<'n> {
        let mut items = each.entries().iter().flat_map(|(_, list)| list.items());
        let is_right = |item: &Node| is_string(item) || self.is_open(item);
        match items.find(|item| !is_right(item)) {
            None => Ok(()),
            Some(item) => {
                let message = format!("`repeat` puts strings in, and this is {}", item.type_name());
                wrong(item, message)
            }
        }
    }

    fn digest<'n>(&self, given: &'n Node) -> Checked<'n> {
        if self.is_open(given) {
            return Ok(());
        }
        self.exactly(given, 2)?;
        let mut items = given.items().iter();
        items.try_for_each(|item| self.text(item, "an item"))
    }

    fn split<'n>(&self, given: &'n Node) -> Checked<'n> {
        if self.is_open(given) {
            return Ok(());
        }
        self.list(given)?;
        if given.items().len() < 2 {
            return wrong(given, "`str_split` needs a delimiter and a text");
        }
        Ok(())
    }

    fn each<'n>(&self, given: &'n Node, what: &str, is_one: impl Fn(&Node) -> bool) -> Checked<'n> {
        if self.is_open(given) {
            return Ok(());
        }
        self.list(given)?;
        let is_right = |node: &&Node| is_one(node) || self.is_open(node) || node.is_null();
        match given.items().iter().find(|item| !is_right(item)) {
            None => Ok(()),
            Some(item) => {
                let message = format!(
                    "`{}` takes {what}, and this is {}",
                    self.name,
                    item.type_name()
                );
                wrong(item, message)
            }
        }
    }

    fn map_replace<'n>(&self, given: &'n Node) -> Checked<'n> {
        self.each(given, "maps", Node::is_mapping)?;
        if self.is_open(given) {
            return Ok(());
        }
        self.exactly(given, 2)?;
        match given.items().last().filter(|last| !self.is_open(last)) {
            Some(last) => self.only(last, &["keys", "values"]),
            None => Ok(()),
        }
    }

    fn yaql<'n>(&self, given: &'n Node) -> Checked<'n> {
        let expression = self.key(given, "expression")?;
        self.only(given, &["expression", "data"])?;
        self.text(expression, "the expression")
    }

    fn url<'n>(&self, given: &'n Node) -> Checked<'n> {
        self.map(given)?;
        let parts = [
            "scheme", "username", "password", "host", "port", "path", "query", "fragment",
        ];
        self.only(given, &parts)?;
        for (key, value) in given.entries() {
            match key.text() {
                _ if self.is_open(value) => {}
                Some("query") if value.is_mapping() => {}
                Some("query") => return wrong(value, "the query of a URL must be a map"),
                Some("port") => {
                    let port: Option<i64> = value.text().and_then(|text| text.parse().ok());
                    if !port.is_some_and(|port| (1..=65535).contains(&port)) {
                        return wrong(value, "a port is a number from 1 to 65535");
                    }
                }
                _ => self.text(value, "a part")?,
            }
        }
        Ok(())
    }

    fn choice<'n>(&self, given: &'n Node) -> Checked<'n> {
        self.list(given)?;
        let count = given.items().len();
        let is_right = match self.language >= Language::NULLABLE {
            true => (2..=3).contains(&count),
            false => count == 3,
        };
        if !is_right {
            let message =
                format!("`if` is given {count} items, and needs a condition and two values");
            return wrong(given, message);
        }
        Ok(())
    }
}

/// Tells whether Python takes a literal for false, which lets it stand for no list.
fn is_nothing(node: &Node) -> bool {
    match &node.kind {
        Kind::Scalar { value, text, .. } => match value {
            Value::Null => true,
            Value::Bool(is) => !is,
            Value::Int(number) => *number == 0,
            Value::Float(number) => *number == 0.0,
            Value::Str | Value::Timestamp => text.is_empty(),
        },
        Kind::Sequence(items) => items.is_empty(),
        Kind::Mapping(_) => node.entries().is_empty(),
    }
}
