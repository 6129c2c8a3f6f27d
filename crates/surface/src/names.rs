//! From names on the wire to names in TypeScript: identifiers, folder names, property names.
//!
//! Owns the spelling and its uniqueness. Knows neither schemas nor files. Names are made from their wire name
//! alone; only a collision looks at the neighbours, and then the wire name, not the order, decides the suffix.

use std::collections::HashSet;

use crate::hash;

/// Longest identifier or folder name in bytes. File systems stop at 255 bytes, and `.ts` and a suffix follow;
/// real names end at 64.
const NAME_BYTES_MAX: usize = 100;

/// Words that cannot name an export: reserved ones (strict mode, modules), names with a meaning of their own
/// in scripts, `index` (the file is taken), and `then` (a module that exports it is taken for a promise).
const RESERVED: [&str; 64] = [
    "NaN",
    "Infinity",
    "__narrows",
    "arguments",
    "async",
    "await",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "enum",
    "eval",
    "export",
    "exports",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "globalThis",
    "if",
    "implements",
    "import",
    "in",
    "index",
    "instanceof",
    "interface",
    "let",
    "module",
    "new",
    "null",
    "of",
    "package",
    "private",
    "protected",
    "prototype",
    "public",
    "require",
    "return",
    "static",
    "super",
    "switch",
    "then",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "using",
    "var",
    "void",
    "while",
    "with",
    "yield",
    "constructor",
    "__proto__",
];

/// Steps of a pointer that are the schema's own words and name nothing.
const SCHEMA_WORDS: [&str; 12] = [
    "$defs",
    "definitions",
    "properties",
    "items",
    "anyOf",
    "oneOf",
    "allOf",
    "additionalProperties",
    "prefixItems",
    "patternProperties",
    "then",
    "else",
];

/// A JavaScript identifier for a wire name, in camelCase: `API-post-page` → `apiPostPage`.
pub(crate) fn identifier(wire: &str) -> String {
    let mut name = camel_case(wire);
    if name.is_empty() {
        return format!("tool_{}", hash::mark(wire));
    }
    if !name.starts_with(is_name_start) {
        name.insert(0, '_');
    }
    let mut name = shortened(name, wire);
    if RESERVED.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

/// The name of a type. Starts with a capital, which identifiers of tools never do, so the two never meet.
pub(crate) fn type_name(text: &str) -> String {
    let camel = camel_case(text);
    let mut name = String::with_capacity(camel.len() + 1);
    push_next(&mut name, camel.get(..first_char_bytes(&camel)).unwrap_or(""));
    name.push_str(&camel[first_char_bytes(&camel)..]);
    if !name.starts_with(char::is_uppercase) || !name.starts_with(is_name_start) {
        name.insert(0, 'T');
    }
    shortened(name, text)
}

/// The name of the type of a tool's argument.
pub(crate) fn input_type(identifier: &str) -> String {
    format!("{}Input", type_name(identifier))
}

/// The name of the type of a tool's result.
pub(crate) fn output_type(identifier: &str) -> String {
    format!("{}Output", type_name(identifier))
}

/// A type's name for the target of a reference: `#/$defs/user` → `User`, `#/properties/nodes/items` → `NodesItem`.
pub(crate) fn type_name_of_reference(reference: &str) -> String {
    let mut parts = reference.rsplit(['/', '#']).filter(|part| !part.is_empty());
    let said = |part: &&str| !SCHEMA_WORDS.contains(part) && !part.bytes().all(|byte| byte.is_ascii_digit());
    let ending = if reference.ends_with("/items") { "Item" } else { "" };
    let name = parts.find(said).map_or_else(|| "Part".to_owned(), type_name);
    format!("{name}{ending}")
}

/// A folder name for a server's name: kept where it is a plain path segment, else percent-encoded.
pub(crate) fn folder(server: &str) -> String {
    let mut name = String::new();
    for c in server.chars() {
        if c.is_ascii_alphanumeric() || "._-".contains(c) || (!c.is_ascii() && is_name_part(c)) {
            name.push(c);
        } else {
            let mut bytes = [0; 4];
            for byte in c.encode_utf8(&mut bytes).bytes() {
                name.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    match name.as_str() {
        "" => "%".to_owned(),
        "." => "%2E".to_owned(),
        ".." => "%2E%2E".to_owned(),
        _ => shortened(name, server),
    }
}

/// Gives every wire name a spelling of its own, also on disks that fold case. `spell` is [`identifier`] or
/// [`folder`]. A name that is spelt as on the wire keeps its spelling; of others that collide the first in
/// order keeps it and the rest get a suffix made from their wire name.
pub(crate) fn unique(wires: &[&str], taken: &[&str], spell: fn(&str) -> String) -> Vec<String> {
    let mut used: HashSet<String> = taken.iter().map(|name| folded(name)).collect();
    let mut names: Vec<String> = wires.iter().map(|wire| spell(wire)).collect();
    let mut order: Vec<usize> = (0..wires.len()).collect();
    order.sort_by_key(|&at| (names[at] != wires[at], wires[at]));
    for at in order {
        let mut round = 0;
        while !used.insert(folded(&names[at])) {
            names[at] = with_suffix(&spell(wires[at]), wires[at], round);
            round += 1;
        }
    }
    names
}

/// Whether a property name may stand unquoted in a type.
pub(crate) fn is_identifier(name: &str) -> bool {
    name.starts_with(is_name_start) && name.chars().all(is_name_part_or_dollar)
}

/// A TypeScript string literal. JSON's spelling is TypeScript's, but for characters that change how text
/// looks or end a line: those are written as escapes.
pub(crate) fn string_literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 2);
    literal.push('"');
    for c in text.chars() {
        match c {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            c if tools::is_hidden(c) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    literal.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => literal.push(c),
        }
    }
    literal.push('"');
    literal
}

fn camel_case(wire: &str) -> String {
    let mut name = String::new();
    for word in wire.split(|c: char| !is_name_part(c)).filter(|word| !word.is_empty()) {
        if name.is_empty() { push_first(&mut name, word) } else { push_next(&mut name, word) }
    }
    name
}

fn first_char_bytes(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn push_first(name: &mut String, word: &str) {
    let upper = word.chars().take_while(|c| c.is_uppercase()).count();
    let shouted = !word.chars().any(char::is_lowercase);
    let lower_until = match word.chars().count() {
        all if shouted => all,
        // `HTMLParse` → `htmlParse`: the last capital begins the next word.
        _ if upper > 1 && word.chars().nth(upper).is_some_and(char::is_alphabetic) => upper - 1,
        _ => upper,
    };
    for (at, c) in word.chars().enumerate() {
        if at < lower_until {
            name.extend(c.to_lowercase().filter(|&c| is_name_part(c)));
        } else {
            name.push(c);
        }
    }
}

fn push_next(name: &mut String, word: &str) {
    let shouted = word.chars().count() > 1 && !word.chars().any(char::is_lowercase);
    for (at, c) in word.chars().enumerate() {
        match at {
            0 => name.extend(c.to_uppercase().filter(|&c| is_name_part(c))),
            _ if shouted => name.extend(c.to_lowercase().filter(|&c| is_name_part(c))),
            _ => name.push(c),
        }
    }
}

fn shortened(name: String, wire: &str) -> String {
    if name.len() <= NAME_BYTES_MAX {
        return name;
    }
    let end = name.floor_char_boundary(NAME_BYTES_MAX);
    // A cut escape would be no escape: `%E` is left out whole.
    let end = name[..end].rfind('%').filter(|&at| at + 3 > end).unwrap_or(end);
    format!("{}_{}", &name[..end], hash::mark(wire))
}

fn with_suffix(name: &str, wire: &str, round: u32) -> String {
    match round {
        0 => format!("{name}_{}", hash::mark(wire)),
        _ => format!("{name}_{}_{round}", hash::mark(wire)),
    }
}

fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn is_name_start(c: char) -> bool {
    c == '_' || c == '$' || unicode_ident::is_xid_start(c)
}

/// `_` and `$` divide words, like every other sign.
fn is_name_part(c: char) -> bool {
    c != '_' && unicode_ident::is_xid_continue(c)
}

fn is_name_part_or_dollar(c: char) -> bool {
    c == '$' || unicode_ident::is_xid_continue(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wire: &str, expect: &str) {
        assert_eq!(identifier(wire), expect, "the identifier of {wire:?}");
    }

    #[test]
    fn identifiers_are_camel_case() {
        check("get_document", "getDocument");
        check("get-sum", "getSum");
        check("API-post-page", "apiPostPage");
        check("getDocument", "getDocument");
        check("GetDocument", "getDocument");
        check("HTMLParse", "htmlParse");
        check("GET_ALL_USERS", "getAllUsers");
        check("get_API_key", "getApiKey");
        check("browser.tabs/open now", "browserTabsOpenNow");
        check("get_2_items", "get2Items");
        check("E2B", "e2b");
        check("E2b", "e2b");
        check("$ref", "ref");
    }

    #[test]
    fn what_is_no_identifier_becomes_one() {
        check("3d_print", "_3dPrint");
        check("delete", "delete_");
        check("AWAIT", "await_");
        check("index", "index_");
        check("then", "then_");
        check("__narrows", "narrows");
        check("查询_天气", "查询天气");
        check("Straße-öffnen", "straßeÖffnen");
        check("---", "tool_de7cc4");
        check("🎉", "tool_ff4ac4");
        check("", "tool_cbf29c");
        check("İstanbul", "i\u{307}stanbul");
    }

    #[test]
    fn long_names_are_cut_and_marked() {
        let name = identifier(&"a".repeat(500));
        assert_eq!(name.len(), NAME_BYTES_MAX + 7);
        assert_ne!(name, identifier(&"a".repeat(501)));
        assert!(is_identifier(&identifier(&"天".repeat(500))));
        assert!(!folder(&" ".repeat(500)).contains("%_"));
    }

    #[test]
    fn folders_keep_plain_names_and_encode_the_rest() {
        for (server, expect) in [
            ("google-drive", "google-drive"),
            ("a.b_c", "a.b_c"),
            ("Google Drive", "Google%20Drive"),
            ("@scope/name", "%40scope%2Fname"),
            ("100%", "100%25"),
            ("数据", "数据"),
            ("..", "%2E%2E"),
            ("", "%"),
        ] {
            assert_eq!(folder(server), expect);
        }
    }

    #[test]
    fn collisions_are_settled_by_name_and_not_by_order() {
        let names = unique(&["get_doc", "getDoc", "get-doc"], &[], identifier);
        assert_eq!(names, ["getDoc_26f887", "getDoc", "getDoc_1dd10d"]);
        let turned = unique(&["get-doc", "getDoc", "get_doc"], &[], identifier);
        assert_eq!(turned, ["getDoc_1dd10d", "getDoc", "getDoc_26f887"]);
    }

    #[test]
    fn case_alone_does_not_tell_names_apart() {
        let names = unique(&["Files", "files"], &["README.md"], folder);
        assert_eq!(names[0], "Files");
        assert!(names[1].starts_with("files_"), "{names:?}");
        assert_ne!(unique(&["readme.md"], &["README.md"], folder)[0], "readme.md");
    }

    #[test]
    fn string_literals_hide_nothing() {
        assert_eq!(string_literal("a\"b\\\n\u{202e}\u{e0041}"), r#""a\"b\\\n\u202e\udb40\udc41""#);
    }
}
