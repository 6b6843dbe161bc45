//! What a function is told: each thing under a name of its own. A tuple names nothing, and hides how many things there are.

use crate::paths::shipped_words;

/// The functions of `source`, in code that ships, that take a tuple as a parameter.
pub fn taking_tuples(source: &str) -> Vec<String> {
    let words = shipped_words(source);
    let begins = (1..words.len()).filter(|at| words[at - 1] == "fn");
    let functions = begins.filter(|at| parameters(&words[*at..]).iter().any(|parameter| is_tuple(parameter)));
    functions.map(|at| words[at].clone()).collect()
}

/// The parameters of the function whose name `words` begin with; none where a type or a macro follows `fn`.
fn parameters(words: &[String]) -> Vec<&[String]> {
    let after_name = match words.get(1).map(String::as_str) {
        Some("<") => 1 + end_of_group(&words[1..]),
        _ => 1,
    };
    let list = &words[after_name.min(words.len())..];
    if list.first().is_none_or(|first| first != "(") {
        return Vec::new();
    }
    split(&list[1..end_of_group(list) - 1])
}

/// Whether a parameter is taken apart as a tuple, or has the type of one.
fn is_tuple(parameter: &[String]) -> bool {
    let colon = parameter.iter().position(|word| word == ":");
    // Behind references, with their lifetimes.
    let is_reference = |words: &[String], at: usize| {
        let is_lifetime = at > 0 && words[at - 1] == "&" && words[at].starts_with(char::is_lowercase);
        matches!(words[at].as_str(), "&" | "mut") || is_lifetime
    };
    let is_of_several = |words: &[String]| {
        let group = words.iter().position(|word| word == "(");
        group.filter(|group| (0..*group).all(|at| is_reference(words, at))).is_some_and(|group| {
            let end = group + end_of_group(&words[group..]);
            split(&words[group + 1..end - 1]).len() > 1
        })
    };
    let (pattern, of) = parameter.split_at(colon.unwrap_or(parameter.len()));
    is_of_several(pattern) || is_of_several(of.get(1..).unwrap_or_default())
}

/// Where the group that `words` begin with ends: behind its last word.
fn end_of_group(words: &[String]) -> usize {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate() {
        depth += depth_of(words, at, word);
        if depth == 0 {
            return at + 1;
        }
    }
    words.len()
}

/// The parts between commas that stand in no group of their own.
fn split(words: &[String]) -> Vec<&[String]> {
    let (mut parts, mut depth, mut begin) = (Vec::new(), 0, 0);
    for (at, word) in words.iter().enumerate() {
        depth += depth_of(words, at, word);
        if depth == 0 && word == "," {
            parts.push(&words[begin..at]);
            begin = at + 1;
        }
    }
    parts.extend(Some(&words[begin..]).filter(|last| !last.is_empty()));
    parts
}

/// By how much a word leads into groups or out of them. The end of an arrow ends no group.
fn depth_of(words: &[String], at: usize, word: &str) -> i32 {
    match word {
        "(" | "[" | "{" | "<" => 1,
        ">" if at > 0 && words[at - 1] == "-" => 0,
        ")" | "]" | "}" | ">" => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tuple_is_found_as_a_pattern_and_as_a_type() {
        for function in [
            "fn f(a: u8, (b, c): (u8, u8)) {}",
            "fn f(&mut self, pair: (u8, u8)) {}",
            "fn f<'a, F: Fn(u8) -> Vec<u8>>(mut all: &'a mut (u8, F)) {}",
            "const fn f((a, ..): Pair) {}",
        ] {
            assert_eq!(taking_tuples(function), ["f"], "{function}");
        }
    }

    #[test]
    fn what_holds_tuples_or_is_called_with_them_is_no_tuple() {
        for function in [
            "fn f(all: &[(u8, u8)], by: impl Fn((u8, u8)) -> (u8, u8)) -> (u8, u8) { g((1, 2)) }",
            "fn f(State(app): State<App>, map: BTreeMap<u8, (u8, u8)>, any: &(dyn Any + Send)) {}",
            "fn f(of: fn(u8, u8) -> u8) { all.map(|(a, b): (u8, u8)| a) }",
        ] {
            assert_eq!(taking_tuples(function), Vec::<String>::new(), "{function}");
        }
    }
}
