//! Tokens: what spares a device that has proved itself from doing so at every call.
//!
//! The keys that sign them follow from the home key and the time: each signs for some hours, and what it signed holds to
//! its end. So every process of a home, and one that was started again, knows the tokens of the others, and none of them
//! remembers a key. All times are the server's.

use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;
use sync_core::trust::HomeKey;

use super::hs256;
use crate::error::Problem;

/// A token holds this long.
pub(super) const TOKEN_LIFE_S: i64 = 15 * 60;
/// A key signs new tokens this long.
const KEY_LIFE_S: i64 = 4 * 60 * 60;

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    exp: i64,
}

/// Signs tokens and recognises them.
pub(super) struct Tokens {
    /// Whom a token is for: this home server.
    audience: String,
    /// From which the keys follow.
    secret: [u8; 32],
}

/// The number of a stretch of time in which one key signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Period(i64);

impl Period {
    /// The period of a time in seconds since 1970.
    const fn of(seconds: i64) -> Self {
        Self(seconds.div_euclid(KEY_LIFE_S))
    }

    /// The period that a key's id names, if tokens of its key can hold at `now`: what a key signed holds for a while after
    /// the key is replaced.
    fn of_key(id: &str, now: i64) -> Option<Self> {
        [now, now - TOKEN_LIFE_S].map(Self::of).into_iter().find(|period| period.key_id() == id)
    }

    fn key_id(self) -> String {
        self.0.to_string()
    }
}

impl Tokens {
    /// Signs with keys that follow from this one.
    pub fn new(home: &HomeKey) -> Self {
        hs256::install();
        Self { audience: home.public().to_string(), secret: home.derived_secret("tokens") }
    }

    /// Signs a token for a device.
    pub fn issue(&self, device: DeviceId, now: UnixMillis) -> String {
        let now = seconds(now);
        let period = Period::of(now);
        let claims = Claims { sub: device.to_string(), aud: self.audience.clone(), exp: now + TOKEN_LIFE_S };
        let header = Header { kid: Some(period.key_id()), ..Header::new(Algorithm::HS256) };
        let key = EncodingKey::from_secret(&self.key(period));
        encode(&header, &claims, &key).expect("claims of three plain fields can be written")
    }

    /// Whose token it is. Its signature is compared in constant time, by the library.
    ///
    /// # Errors
    /// [`Problem::EXPIRED_TOKEN`], also for a key that signs no more; [`Problem::UNAUTHENTICATED`].
    pub fn judge(&self, token: &str, now: UnixMillis) -> Result<DeviceId, Problem> {
        let now = seconds(now);
        let id = decode_header(token).map_err(|_| Problem::UNAUTHENTICATED)?.kid.ok_or(Problem::UNAUTHENTICATED)?;
        let period = Period::of_key(&id, now).ok_or(Problem::EXPIRED_TOKEN)?;
        let key = DecodingKey::from_secret(&self.key(period));
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["aud", "exp", "sub"]);
        // The server's clock may be one that a recording moves, so the token's time is judged below.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &key, &validation).map_err(|_| Problem::UNAUTHENTICATED)?.claims;
        // One that ends too late was signed before the clock was set back.
        if !(1..=TOKEN_LIFE_S).contains(&(claims.exp - now)) {
            return Err(Problem::EXPIRED_TOKEN);
        }
        claims.sub.parse().map_err(|_| Problem::UNAUTHENTICATED)
    }

    fn key(&self, period: Period) -> [u8; 32] {
        let key = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of any length will do");
        key.chain_update(period.0.to_be_bytes()).finalize().into_bytes().into()
    }
}

const fn seconds(time: UnixMillis) -> i64 {
    time.0.div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    const PHONE: DeviceId = DeviceId([1; 16]);

    fn at(seconds: i64) -> UnixMillis {
        UnixMillis(1_790_000_000_000 + seconds * 1000)
    }

    fn tokens_of(seed: u8) -> Tokens {
        Tokens::new(&HomeKey::from_seed(&[seed; 32]))
    }

    fn tokens() -> Tokens {
        tokens_of(1)
    }

    /// A time at which a key begins to sign.
    const TURN_S: i64 = KEY_LIFE_S - 1_790_000_000 % KEY_LIFE_S;

    #[test]
    fn a_token_holds_for_its_time_and_no_longer() {
        let tokens = tokens();
        let token = tokens.issue(PHONE, at(0));
        assert_eq!(tokens.judge(&token, at(TOKEN_LIFE_S - 1)), Ok(PHONE));
        assert_eq!(tokens.judge(&token, at(TOKEN_LIFE_S)), Err(Problem::EXPIRED_TOKEN));
        assert_eq!(tokens.judge(&token, at(-1)), Err(Problem::EXPIRED_TOKEN), "the clock was set back");
        assert_eq!(tests::tokens().judge(&token, at(0)), Ok(PHONE), "another process of the same home");
        assert_eq!(tokens_of(2).judge(&token, at(0)), Err(Problem::UNAUTHENTICATED), "another home");
    }

    #[test]
    fn a_key_is_replaced_after_hours_and_what_it_signed_holds_to_its_end() {
        let tokens = tokens();
        let old = tokens.issue(PHONE, at(TURN_S - 1));
        let new = tokens.issue(PHONE, at(TURN_S));
        let key = |token: &str| decode_header(token).unwrap().kid.unwrap();
        assert_ne!(key(&old), key(&new));
        assert_ne!(tokens.key(Period(1)), tokens.key(Period(2)));
        assert_eq!(tokens.judge(&old, at(TURN_S + TOKEN_LIFE_S - 2)), Ok(PHONE));
        assert_eq!(tokens.judge(&new, at(TURN_S + TOKEN_LIFE_S - 2)), Ok(PHONE));
        assert_eq!(Period::of_key(&key(&old), seconds(at(TURN_S + TOKEN_LIFE_S))), None, "its tokens are out");
        assert_eq!(tokens.judge(&new, at(TURN_S - 1)), Err(Problem::EXPIRED_TOKEN), "the clock was set back");
    }

    #[test]
    fn another_algorithm_another_audience_or_no_key_is_refused() {
        let tokens = tokens();
        let period = Period::of(seconds(at(0)));
        let (home, id) = (tokens.audience.as_str(), period.key_id());
        let key = EncodingKey::from_secret(&tokens.key(period));
        let forge = |kid: Option<&str>, aud: &str, with: &EncodingKey| {
            let claims = Claims { sub: PHONE.to_string(), aud: aud.to_owned(), exp: seconds(at(60)) };
            let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::HS256) };
            encode(&header, &claims, with).unwrap()
        };
        let judge = |token: &str| tokens.judge(token, at(0));
        let kid = Some(id.as_str());
        let signed = forge(kid, home, &key);
        assert_eq!(judge(&signed), Ok(PHONE));
        for forged in [
            forge(kid, "another", &key),
            forge(None, home, &key),
            forge(kid, home, &EncodingKey::from_secret(b"guessed")),
        ] {
            assert_eq!(judge(&forged), Err(Problem::UNAUTHENTICATED), "{forged}");
        }
        let (_, rest) = signed.split_once('.').unwrap();
        let (claims, signature) = rest.split_once('.').unwrap();
        for algorithm in ["none", "HS384", "HS512", "RS256", "ES256", "EdDSA"] {
            let header = serde_json::json!({ "alg": algorithm, "typ": "JWT", "kid": kid }).to_string();
            let header = URL_SAFE_NO_PAD.encode(header);
            for signature in ["", signature] {
                let forged = format!("{header}.{claims}.{signature}");
                assert_eq!(judge(&forged), Err(Problem::UNAUTHENTICATED), "{algorithm}");
            }
        }
    }
}
