//! The tags by which a request depends on what was read before (RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2).

use axum::http::{HeaderMap, HeaderName};

/// What `If-Match` or `If-None-Match` names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagList {
    is_any: bool,
    tags: Vec<Tag>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Tag {
    is_weak: bool,
    /// The tag with its quotation marks, as it travels.
    opaque: String,
}

impl TagList {
    /// Reads all lines of a header; `None` if there is none. What is no tag is passed over, and so equals nothing.
    #[must_use]
    pub fn read(headers: &HeaderMap, name: &HeaderName) -> Option<Self> {
        let mut list = None;
        for line in headers.get_all(name) {
            list.get_or_insert_with(Self::default).add(&String::from_utf8_lossy(line.as_bytes()));
        }
        list
    }

    /// Whether anything that is there will do.
    #[must_use]
    pub const fn is_any(&self) -> bool {
        self.is_any
    }

    /// Whether the list names exactly this strong tag: for a write that depends on it.
    #[must_use]
    pub fn names_strongly(&self, tag: &str) -> bool {
        self.is_any || self.tags.iter().any(|named| !named.is_weak && named.opaque == tag)
    }

    /// Whether the list names this strong tag or its weak form: for a read that spares what the reader has.
    #[must_use]
    pub fn names(&self, tag: &str) -> bool {
        self.is_any || self.tags.iter().any(|named| named.opaque == tag)
    }

    fn add(&mut self, line: &str) {
        let mut rest = line;
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return;
            }
            let (is_weak, from_quote) = rest.strip_prefix("W/").map_or((false, rest), |rest| (true, rest));
            // A tag may hold commas, so it ends at its quote.
            let end = from_quote.strip_prefix('"').and_then(|inside| inside.find('"')).map(|at| at + 2);
            if let Some(end) = end {
                let (opaque, after) = from_quote.split_at(end);
                self.tags.push(Tag { is_weak, opaque: opaque.to_owned() });
                rest = after;
            } else {
                let (word, after) = rest.split_once(',').unwrap_or((rest, ""));
                self.is_any |= word.trim() == "*";
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::IF_MATCH;

    use super::*;

    fn list(lines: &[&'static str]) -> TagList {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, HeaderValue::from_static(line));
        }
        TagList::read(&headers, &IF_MATCH).unwrap()
    }

    #[test]
    fn a_tag_is_found_wherever_it_stands_in_a_list() {
        for lines in [
            &[r#""a""#] as &[&str],
            &[r#""x", "a""#],
            &[r#""x","a" , "y""#],
            &[r#", "x,y" ,"a""#],
            &[r#""x""#, r#""a""#],
            &[r#"junk, "a""#],
        ] {
            assert!(list(lines).names_strongly(r#""a""#), "{lines:?}");
            assert!(!list(lines).names_strongly(r#""b""#), "{lines:?}");
        }
    }

    #[test]
    fn a_weak_tag_spares_a_read_and_allows_no_write() {
        let weak = list(&[r#""x", W/"a""#]);
        assert!(weak.names(r#""a""#) && !weak.names_strongly(r#""a""#));
    }

    #[test]
    fn a_star_means_anything_and_a_broken_tag_means_nothing() {
        assert!(list(&["*"]).is_any() && list(&[r#""x""#, " * "]).is_any());
        for broken in ["a", r#""a"#, "W/a", "", r#""*""#] {
            assert!(!list(&[broken]).names(r#""a""#) && !list(&[broken]).is_any(), "{broken}");
        }
    }

    #[test]
    fn a_request_without_the_header_depends_on_nothing() {
        assert_eq!(TagList::read(&HeaderMap::new(), &IF_MATCH), None);
    }
}
