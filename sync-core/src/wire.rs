//! The JSON bodies that a device and home exchange besides the exchange itself: being let in, and beginning a session.
//!
//! Binary values are base64url without padding, ids hexadecimal. Both sides use these types. With the feature `schema`, which
//! home turns on, they also describe themselves for the OpenAPI document; their comments are the descriptions there.

#[cfg(feature = "schema")]
use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use minicbor::{Decode, Encode};
#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::trust::{Grant, Signed};

/// The media type of the messages of an exchange.
pub const MEDIA_TYPE: &str = "application/vnd.saxaul.exchange";
/// The header in which a device that came with a proof finds a token for what follows.
pub const TOKEN_HEADER: &str = "x-saxaul-token";
/// The code of the problem with which home asks whether a device is to lose rights by an invite.
pub const LESS_CODE: &str = "gives_less";
/// The codes of problems after which a new session helps.
pub const SESSION_CODES: [&str; 3] = ["expired_token", "unauthenticated", "bad_proof"];

/// Bytes that travel as base64url.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Base64(pub Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        URL_SAFE_NO_PAD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for Base64 {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Base64".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]*$", "description": "Bytes as base64url without padding." })
    }
}

/// A statement that travels as the base64url of its CBOR.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried<T>(pub T);

impl<T: Encode<()>> Serialize for Carried<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Base64(minicbor::to_vec(&self.0).map_err(serde::ser::Error::custom)?).serialize(serializer)
    }
}

impl<'de, T: for<'b> Decode<'b, ()>> Deserialize<'de> for Carried<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Base64(bytes) = Base64::deserialize(deserializer)?;
        minicbor::decode(&bytes).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl<T> JsonSchema for Carried<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Carried".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Base64::json_schema(generator)
    }
}

/// `POST /v1/enrol`: a device asks to be let in.
#[derive(Serialize, Deserialize, Debug)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Enrol {
    /// From the invite link.
    pub secret: Base64,
    /// The device's Ed25519 public key.
    pub public_key: Base64,
    /// What people call the device; 1 to 100 characters.
    pub name: String,
    /// Where the invite gives less than the device has: the grant that it agrees to lose, as the problem `gives_less` named
    /// it in `expects`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces_ms: Option<i64>,
    /// 64 bytes: the device's Ed25519 signature of the domain `saxaul/enrolment/1`, a zero byte, and the canonical CBOR
    /// array of its key, the home server's key, the secret, the name, and `replaces_ms` where it is said.
    pub signature: Base64,
}

/// What came of using an invite.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum EnrolOutcome {
    /// The device may do what the invite gives.
    LetIn,
    /// The device used the same invite before.
    Again,
    /// The device could do all of that already: nothing was changed, and the invite is not used up.
    Already,
    /// Something that a newer home says, and this program does not know.
    #[serde(other)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    Newer,
}

/// The device is in.
#[derive(Serialize, Deserialize, Debug)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Enrolled {
    /// Everything that home lets the device do: a grant for each scope.
    pub grants: Vec<Carried<Signed<Grant>>>,
    /// What came of the invite.
    // A home older than this field does not say it. Its answer stays readable.
    #[cfg_attr(feature = "schema", schemars(with = "EnrolOutcome"))]
    pub outcome: Option<EnrolOutcome>,
    /// Home's time in milliseconds since 1970. Missing while home's clock cannot be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_ms: Option<i64>,
}

/// `POST /v1/nonce`: a device begins a session.
#[derive(Serialize, Deserialize, Debug)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct AskNonce {
    /// The id of the device that begins a session.
    pub device: String,
}

/// A nonce that the device is to sign.
#[derive(Serialize, Deserialize, Debug)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
pub struct Nonce {
    /// 32 bytes, good once and for two minutes.
    pub nonce: Base64,
    /// Home's time in milliseconds since 1970. Missing while home's clock cannot be right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home_ms: Option<i64>,
}

/// `POST /v1/sign-in-links`: a device asks for a link to the console.
#[derive(Serialize, Debug)]
pub struct AskSignIn {
    /// What whoever uses the link may do: `organizer`, `front_office` or `call_centre`.
    pub access: String,
    /// What the list of sessions calls them.
    pub name: String,
    /// The id of the event for which it is.
    pub event: String,
}

/// A link that signs somebody in once.
#[derive(Deserialize, Debug)]
pub struct SignInOffer {
    /// The address to open.
    pub link: String,
    /// Until when it holds, in milliseconds since 1970.
    pub expires_ms: i64,
}

/// What a client reads of problem details (RFC 9457).
#[derive(Serialize, Deserialize, Debug, Clone)]
pub struct ProblemDetails {
    /// A code that never changes, for programs.
    pub code: String,
    /// What happened and what to do, in one sentence.
    pub detail: String,
    /// To be quoted when asking for help.
    pub request_id: String,
    /// What is wrong with one part of the request, or what the request would do.
    #[serde(default)]
    pub why: Option<String>,
    /// What that part must be for the request to be accepted.
    #[serde(default)]
    pub expects: Option<i64>,
    /// How many seconds to wait before trying again, from the header `Retry-After`.
    #[serde(skip)]
    pub retry_after_s: Option<u32>,
}

impl ProblemDetails {
    /// Whether the session is over, so that a new one will help.
    #[must_use]
    pub fn is_about_the_session(&self) -> bool {
        SESSION_CODES.contains(&self.code.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_an_older_or_a_newer_home_lets_the_device_in_all_the_same() {
        let outcome = |said: &str| serde_json::from_str::<Enrolled>(said).unwrap().outcome;
        assert_eq!(outcome(r#"{"grants":[],"outcome":"already"}"#), Some(EnrolOutcome::Already));
        assert_eq!(outcome(r#"{"grants":[]}"#), None);
        assert_eq!(outcome(r#"{"grants":[],"outcome":"let_in_elsewhere"}"#), Some(EnrolOutcome::Newer));
    }
}
