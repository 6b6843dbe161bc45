//! Which paths a Rust source names: enough of a lexer to leave out comments and texts, and to unfold `use a::{b, c}`.

use std::iter::Peekable;
use std::str::Chars;

/// Every path that `source` names in code that ships, as its segments, with groups unfolded. Keywords pass for names.
pub fn paths_in(source: &str) -> Vec<Vec<String>> {
    let words = shipped_words(source);
    let mut paths = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if words[at] == "mod" {
            // What follows is declared, not named.
            at += 2;
        } else if is_name(&words[at]) {
            at = read_path(&words, at, &[], &mut paths);
        } else {
            at += 1;
        }
    }
    paths
}

/// The words of `source` in code that ships; see [`words`].
pub fn shipped_words(source: &str) -> Vec<String> {
    words(shipped(source))
}

/// A module of unit tests stands last in its file and does not ship.
fn shipped(source: &str) -> &str {
    source.find("#[cfg(test)]\nmod tests {").map_or(source, |tests| &source[..tests])
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_alphabetic() || first == '_')
}

/// Reads the path that begins at `at` and stands behind `prefix`. Returns where to go on.
fn read_path(words: &[String], mut at: usize, prefix: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    let mut path = prefix.to_vec();
    loop {
        match words.get(at).map(String::as_str) {
            Some("{") => return read_group(words, at + 1, &path, paths),
            Some("*") => {}
            Some("self") if !prefix.is_empty() => {}
            Some(name) if is_name(name) => path.push(name.to_owned()),
            _ => break,
        }
        at += 1;
        if words.get(at).map(String::as_str) != Some("::") {
            break;
        }
        at += 1;
    }
    paths.push(path);
    at
}

fn read_group(words: &[String], mut at: usize, prefix: &[String], paths: &mut Vec<Vec<String>>) -> usize {
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "}" => return at + 1,
            // Another name for what stands before it.
            "as" => at += 2,
            name if name == "*" || is_name(name) => at = read_path(words, at, prefix, paths),
            _ => at += 1,
        }
    }
    at
}

/// Names, `::` and single signs, without comments, texts, characters and lifetimes.
fn words(source: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = source.chars().peekable();
    while let Some(sign) = rest.next() {
        match sign {
            '/' if rest.peek() == Some(&'/') => rest.by_ref().take_while(|sign| *sign != '\n').for_each(drop),
            '/' if rest.peek() == Some(&'*') => skip_block_comment(&mut rest),
            '"' => skip_text(&mut rest),
            '\'' => skip_character(&mut rest),
            ':' if rest.next_if_eq(&':').is_some() => words.push("::".to_owned()),
            _ if sign.is_alphanumeric() || sign == '_' => {
                let mut name = String::from(sign);
                while let Some(more) = rest.next_if(|more| more.is_alphanumeric() || *more == '_') {
                    name.push(more);
                }
                match name.as_str() {
                    "r" | "br" if matches!(rest.peek(), Some('"' | '#')) => skip_raw_text(&mut rest),
                    _ => words.push(name),
                }
            }
            _ if sign.is_whitespace() => {}
            _ => words.push(sign.to_string()),
        }
    }
    words
}

fn skip_block_comment(rest: &mut Peekable<Chars<'_>>) {
    let mut before = ' ';
    rest.by_ref().take_while(|sign| std::mem::replace(&mut before, *sign) != '*' || *sign != '/').for_each(drop);
}

fn skip_text(rest: &mut Peekable<Chars<'_>>) {
    while let Some(sign) = rest.next() {
        match sign {
            '\\' => drop(rest.next()),
            '"' => return,
            _ => {}
        }
    }
}

fn skip_raw_text(rest: &mut Peekable<Chars<'_>>) {
    let mut fences = 0;
    while rest.next_if_eq(&'#').is_some() {
        fences += 1;
    }
    if rest.next_if_eq(&'"').is_none() {
        return;
    }
    while rest.find(|sign| *sign == '"').is_some() {
        if (0..fences).all(|_| rest.next_if_eq(&'#').is_some()) {
            return;
        }
    }
}

/// A character has a quote at its end; a lifetime has none.
fn skip_character(rest: &mut Peekable<Chars<'_>>) {
    if rest.next_if_eq(&'\\').is_some() {
        rest.next();
        rest.by_ref().take_while(|sign| *sign != '\'').for_each(drop);
    } else if rest.clone().nth(1) == Some('\'') {
        rest.nth(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(source: &str) -> Vec<String> {
        paths_in(source).into_iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn groups_are_unfolded_and_paths_in_expressions_are_found() {
        let uses = "use a::{b, c::{self, d as e}, f::*};";
        assert_eq!(named(uses), ["use", "a::b", "a::c", "a::c::d", "a::f"]);
        assert_eq!(named("let x = std::fs::read(p)?;"), ["let", "x", "std::fs::read", "p"]);
    }

    #[test]
    fn comments_texts_and_characters_name_nothing() {
        let source = "// a\n/* b * c */ /// d\n \"e \\\" f\" r#\"g \" h\"# 'i' '\\'' '\\u{6a}' '{' x";
        assert_eq!(named(source), ["x"]);
        assert_eq!(named("fn k<'l>(m: &'l n)"), ["fn", "k", "l", "m", "l", "n"]);
    }

    #[test]
    fn a_module_of_unit_tests_names_nothing() {
        assert_eq!(named("a;\n#[cfg(test)]\nmod tests {\n    use b;\n}\n"), ["a"]);
        assert_eq!(named("#[cfg(test)]\nmod story;\n"), ["cfg", "test"]);
    }
}
