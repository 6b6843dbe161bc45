//! Writes the codes of `sync_core::error_codes`, and the sentences of those and of refused records, for a language of
//! programs: `codes LANGUAGE FILE`.

use anyhow::{Context, Result, bail};
use sync_core::error_codes::{ALL, ErrorCode, HOME_IS_AWAY, Remedy, Sentences};
use sync_core::exchange::Verdict;
use sync_core::words::{Language, REFUSED, sentence};

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let (language, file) = args.next().zip(args.next()).context("usage: codes LANGUAGE FILE")?;
    let written = match language.as_str() {
        "kotlin" => kotlin(),
        "swift" => swift(),
        "python" => python(),
        "typescript" => typescript(),
        "markdown" => markdown(),
        other => bail!("`{other}` is none of kotlin, swift, python, typescript, markdown"),
    };
    std::fs::write(&file, written).with_context(|| format!("{file} cannot be written"))
}

const MADE: &str = "Written from Saxaul's table of codes. Do not change it here.";
const CODES: &str = "Every code that a `SaxaulError` has.";
const OF_ERROR: &str = "What people are told about the code of an error, in `en`, `ru` or `kk`; in English for another language, \
                        and nothing for a code that a newer home invented.";
const OF_RECORD: &str = "What people are told about a record that home refused, by the code of its state, in `en`, `ru` or `kk`; in \
                         English for another language.";

/// What people are told about each code of an error.
fn errors() -> Vec<(&'static str, Sentences)> {
    ALL.iter().map(|(code, said)| (code.code, *said)).collect()
}

/// What people are told about each code of a refused record; the last stands for every other code.
fn records() -> (Vec<(&'static str, Sentences)>, Sentences) {
    let said = |code: &str| {
        let said = |language| sentence(Verdict::Refused, Some(code), language);
        Sentences { en: said(Language::En), ru: said(Language::Ru), kk: said(Language::Kk) }
    };
    (REFUSED.iter().map(|code| (*code, said(code))).collect(), said("any other"))
}

fn lines<T>(of: impl IntoIterator<Item = T>, line: impl FnMut(T) -> String) -> String {
    of.into_iter().map(line).collect()
}

fn kotlin() -> String {
    let pick = |Sentences { en, ru, kk }: &Sentences| {
        let [en, ru, kk] = [en, ru, kk].map(|text| quoted(text));
        format!(
            "when (language) {{\n            \"ru\" -> {ru}\n            \"kk\" -> {kk}\n            else -> {en}\n        }}"
        )
    };
    let cases = |rows: &[(&str, Sentences)]| {
        lines(rows, |(code, said)| format!("        {} -> {}\n", quoted(code), pick(said)))
    };
    let constants = lines(ALL, |(code, said)| {
        format!(
            "    /** {} */\n    const val {}: String = {}\n\n",
            said.en,
            code.code.to_uppercase(),
            quoted(code.code)
        )
    });
    let (of_errors, (refused, other)) = (cases(&errors()), records());
    let (of_records, other) = (cases(&refused), pick(&other));
    format!(
        "// {MADE}\npackage saxaul\n\n/** Every code that a [SaxaulException] has. */\nobject ErrorCodes {{\n{constants}    \
         /** {OF_ERROR} */\n    @JvmStatic\n    fun sentence(code: String, language: String): String? = when (code) {{\n{of_errors}        \
         else -> null\n    }}\n\n    /** {OF_RECORD} */\n    @JvmStatic\n    \
         fun recordSentence(code: String, language: String): String = when (code) {{\n{of_records}        \
         else -> {other}\n    }}\n}}\n\n/** The code of an error, of [ErrorCodes] or of a newer home. */\n\
         val SaxaulException.errorCode: String\n    get() = when (this) {{\n        \
         is SaxaulException.Retry -> code\n        is SaxaulException.SignIn -> code\n        \
         is SaxaulException.Refused -> code\n        is SaxaulException.Bug -> ErrorCodes.BUG\n    }}\n"
    )
}

fn swift() -> String {
    let said = |Sentences { en, ru, kk }: &Sentences| {
        let [en, ru, kk] = [en, ru, kk].map(|text| quoted(text));
        format!("[\"en\": {en}, \"ru\": {ru}, \"kk\": {kk}]")
    };
    let table = |rows: &[(&str, Sentences)]| {
        lines(rows, |(code, texts)| format!("        {}: {},\n", quoted(code), said(texts)))
    };
    let constants = lines(ALL, |(code, texts)| {
        // In backticks: `internal` is a word of the language.
        format!("    /// {}\n    public static let `{}` = {}\n", texts.en, camel(code.code), quoted(code.code))
    });
    let (of_errors, (refused, other)) = (table(&errors()), records());
    let (of_records, other) = (table(&refused), said(&other));
    format!(
        "// {MADE}\n\n/// {CODES}\npublic enum ErrorCodes {{\n{constants}\n    /// {OF_ERROR}\n    \
         public static func sentence(code: String, language: String) -> String? {{\n        \
         errors[code].flatMap {{ said in said[language] ?? said[\"en\"] }}\n    }}\n\n    /// {OF_RECORD}\n    \
         public static func recordSentence(code: String, language: String) -> String {{\n        \
         let said = records[code] ?? other\n        return said[language] ?? said[\"en\"]!\n    }}\n\n    \
         private static let errors: [String: [String: String]] = [\n{of_errors}    ]\n\n    \
         private static let records: [String: [String: String]] = [\n{of_records}    ]\n\n    \
         private static let other = {other}\n}}\n\nextension SaxaulError {{\n    \
         /// The code of the error, of `ErrorCodes` or of a newer home.\n    public var errorCode: String {{\n        \
         switch self {{\n        case .Retry(let code, _, _): return code\n        \
         case .SignIn(let code, _), .Refused(let code, _): return code\n        case .Bug: return ErrorCodes.bug\n        \
         }}\n    }}\n}}\n"
    )
}

fn python() -> String {
    let said = |Sentences { en, ru, kk }: &Sentences| {
        let [en, ru, kk] = [en, ru, kk].map(|text| quoted(text));
        format!("{{\n        \"en\": {en},\n        \"ru\": {ru},\n        \"kk\": {kk},\n    }}")
    };
    let table =
        |rows: &[(&str, Sentences)]| lines(rows, |(code, texts)| format!("    {}: {},\n", quoted(code), said(texts)));
    let constants = lines(ALL, |(code, texts)| {
        format!("{}: Final = {}\n\"\"\"{}\"\"\"\n", code.code.to_uppercase(), quoted(code.code), texts.en)
    });
    let (of_errors, (refused, other)) = (table(&errors()), records());
    let (of_records, other) = (table(&refused), said(&other));
    format!(
        "\"\"\"{CODES} {MADE}\"\"\"\n\nfrom __future__ import annotations\n\nfrom typing import Final\n\n{constants}\n\
         _ERRORS: Final = {{\n{of_errors}}}\n\n_RECORDS: Final = {{\n{of_records}}}\n\n_OTHER: Final = {other}\n\n\n\
         def sentence(code: str, language: str = \"en\") -> str | None:\n    \"\"\"{OF_ERROR}\"\"\"\n    \
         said = _ERRORS.get(code)\n    return None if said is None else said.get(language, said[\"en\"])\n\n\n\
         def record_sentence(code: str, language: str = \"en\") -> str:\n    \"\"\"{OF_RECORD}\"\"\"\n    \
         said = _RECORDS.get(code, _OTHER)\n    return said.get(language, said[\"en\"])\n"
    )
}

fn typescript() -> String {
    let away = lines(HOME_IS_AWAY, |code| format!("    ErrorCodes.{},\n", camel(code.code)));
    let said = |Sentences { en, ru, kk }: &Sentences| {
        let [en, ru, kk] = [en, ru, kk].map(|text| quoted(text));
        format!("{{\n        en: {en},\n        ru: {ru},\n        kk: {kk},\n    }}")
    };
    let table = |rows: &[(&str, Sentences)]| lines(rows, |(code, texts)| format!("    {code}: {},\n", said(texts)));
    let constants = lines(ALL, |(code, texts)| {
        format!("    /** {} */\n    {}: {},\n", texts.en, camel(code.code), quoted(code.code))
    });
    let (of_errors, (refused, other)) = (table(&errors()), records());
    let (of_records, other) = (table(&refused), said(&other));
    format!(
        "// {MADE}\n\n/** {CODES} */\nexport const ErrorCodes = {{\n{constants}}} as const;\n\n\
         /** A code that is known here. A newer home may invent others. */\n\
         export type ErrorCode = (typeof ErrorCodes)[keyof typeof ErrorCodes];\n\n\
         /** @internal The codes by which home is out of reach, or has no time or no room just now. */\n\
         export const HOME_IS_AWAY: readonly string[] = [\n{away}];\n\n\
         interface Said {{\n    readonly en: string;\n    readonly ru: string;\n    readonly kk: string;\n}}\n\n\
         const ERRORS: Readonly<Record<ErrorCode, Said>> = {{\n{of_errors}}};\n\n\
         const RECORDS: Readonly<Record<string, Said>> = {{\n{of_records}}};\n\nconst OTHER: Said = {other};\n\n\
         /** {OF_ERROR} */\nexport function sentence(code: string, language: string): string | undefined {{\n    \
         return Object.hasOwn(ERRORS, code) ? pick(ERRORS[code as ErrorCode], language) : undefined;\n}}\n\n\
         /** {OF_RECORD} */\nexport function recordSentence(code: string, language: string): string {{\n    \
         return pick((Object.hasOwn(RECORDS, code) && RECORDS[code]) || OTHER, language);\n}}\n\n\
         function pick(said: Said, language: string): string {{\n    \
         return language === \"ru\" || language === \"kk\" ? said[language] : said.en;\n}}\n"
    )
}

fn markdown() -> String {
    let classes = [
        (
            Remedy::Retry,
            "Retry",
            "The same may succeed later; `afterMs` says how long to wait at least, where that is known.",
        ),
        (Remedy::SignIn, "SignIn", "Join with an invite, first or again."),
        (Remedy::Refused, "Refused", "It cannot be done, now or later: do something else."),
        (Remedy::Bug, "Bug", "A mistake in the library."),
    ];
    const HEAD: &str = "| code | English | русский | қазақша |\n|---|---|---|---|\n";
    let row = |code: &str, Sentences { en, ru, kk }: &Sentences| format!("| {code} | {en} | {ru} | {kk} |\n");
    let of_errors = lines(classes, |(remedy, title, meaning)| {
        let of_class = ALL.iter().filter(|(code, _)| code.remedy == remedy);
        let rows = lines(of_class, |(ErrorCode { code, .. }, said)| row(&format!("`{code}`"), said));
        format!("## {title}\n\n{meaning}\n\n{HEAD}{rows}\n")
    });
    let (refused, other) = records();
    let of_records = lines(&refused, |(code, said)| row(&format!("`{code}`"), said));
    let other = row("any other", &other);
    format!(
        "# Error codes\n\nEvery failure that an app meets has a class, which says what the app can do, and a code, which never \
         changes. The\npackages have the codes as constants and the sentences by `sentence(code, language)`; this page is \
         written from the same table,\nby `make codes`. A code that is not here comes from a newer server: show the error's own \
         text.\n\n{of_errors}## Records that home refused\n\nThe state of a record says by which code home refused it; \
         `recordSentence(code, language)` gives the sentence.\n\n{HEAD}{of_records}{other}"
    )
}

/// A literal in any of the languages: the sentences have no character that one of them would take for something else.
fn quoted(text: &str) -> String {
    assert!(!text.contains(['"', '\\', '$', '\n']), "{text} needs more than quotation marks");
    format!("\"{text}\"")
}

fn camel(code: &str) -> String {
    let mut words = code.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut letters = word.chars();
        name + &letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_codes_is_up_to_date() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors.md");
        let written = std::fs::read_to_string(page).unwrap_or_default();
        assert!(written == markdown(), "docs/errors.md is not what the table says: run `make codes`");
    }
}
