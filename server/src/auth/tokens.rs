//! Tokens: what spares a device that has proved itself from doing so at every call.
//!
//! Owns the keys that sign them. A key signs for some hours and is then replaced; what it signed holds to its end. No
//! key outlives the process, and all times are the server's.

use std::sync::Mutex;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde::{Deserialize, Serialize};
use sync_core::ids::DeviceId;
use sync_core::time::UnixMillis;

use super::hs256;
use crate::clock::RandomSource;
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
    keys: Mutex<Keys>,
    random: RandomSource,
}

struct Keys {
    current: Key,
    previous: Option<Key>,
}

#[derive(Clone)]
struct Key {
    id: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// In seconds since 1970.
    since: i64,
}

impl Key {
    fn new(since: i64, random: &RandomSource) -> Self {
        let (secret, id) = (random.draw::<32>(), random.draw_id());
        let (encoding, decoding) = (EncodingKey::from_secret(&secret), DecodingKey::from_secret(&secret));
        Self { id, encoding, decoding, since }
    }
}

impl Keys {
    /// Replaces a key whose time is over, or was set back; forgets one whose tokens are out.
    fn turn(&mut self, now: i64, random: &RandomSource) {
        let age = now - self.current.since;
        if !(0..KEY_LIFE_S).contains(&age) {
            self.previous = Some(std::mem::replace(&mut self.current, Key::new(now, random)));
        } else if age > TOKEN_LIFE_S {
            self.previous = None;
        }
    }

    fn find(&self, id: &str) -> Option<&Key> {
        [Some(&self.current), self.previous.as_ref()].into_iter().flatten().find(|key| key.id == id)
    }
}

impl Tokens {
    /// Begins with a new key.
    pub fn new(audience: String, now: UnixMillis, random: RandomSource) -> Self {
        hs256::install();
        let keys = Keys { current: Key::new(seconds(now), &random), previous: None };
        Self { audience, keys: Mutex::new(keys), random }
    }

    /// Signs a token for a device.
    pub fn issue(&self, device: DeviceId, now: UnixMillis) -> String {
        let now = seconds(now);
        let key = {
            let mut keys = self.keys.lock().expect("no holder panics");
            keys.turn(now, &self.random);
            keys.current.clone()
        };
        let claims = Claims { sub: device.to_string(), aud: self.audience.clone(), exp: now + TOKEN_LIFE_S };
        let header = Header { kid: Some(key.id), ..Header::new(Algorithm::HS256) };
        encode(&header, &claims, &key.encoding).expect("claims of three plain fields can be written")
    }

    /// Whose token it is. Its signature is compared in constant time, by the library.
    ///
    /// # Errors
    /// [`Problem::EXPIRED_TOKEN`], also for a key that signs no more; [`Problem::UNAUTHENTICATED`].
    pub fn judge(&self, token: &str, now: UnixMillis) -> Result<DeviceId, Problem> {
        let now = seconds(now);
        let id = decode_header(token).map_err(|_| Problem::UNAUTHENTICATED)?.kid.ok_or(Problem::UNAUTHENTICATED)?;
        let key = self.keys.lock().expect("no holder panics").find(&id).cloned().ok_or(Problem::EXPIRED_TOKEN)?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["aud", "exp", "sub"]);
        // The server's clock may be one that a recording moves, so the token's time is judged below.
        validation.validate_exp = false;
        let claims = decode::<Claims>(token, &key.decoding, &validation).map_err(|_| Problem::UNAUTHENTICATED)?.claims;
        // One that ends too late was signed before the clock was set back.
        if !(1..=TOKEN_LIFE_S).contains(&(claims.exp - now)) {
            return Err(Problem::EXPIRED_TOKEN);
        }
        claims.sub.parse().map_err(|_| Problem::UNAUTHENTICATED)
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

    fn tokens() -> Tokens {
        Tokens::new("home".to_owned(), at(0), RandomSource::System)
    }

    #[test]
    fn a_token_holds_for_its_time_and_no_longer() {
        let tokens = tokens();
        let token = tokens.issue(PHONE, at(0));
        assert_eq!(tokens.judge(&token, at(TOKEN_LIFE_S - 1)), Ok(PHONE));
        assert_eq!(tokens.judge(&token, at(TOKEN_LIFE_S)), Err(Problem::EXPIRED_TOKEN));
        assert_eq!(tokens.judge(&token, at(-1)), Err(Problem::EXPIRED_TOKEN), "the clock was set back");
        assert_eq!(tests::tokens().judge(&token, at(0)), Err(Problem::EXPIRED_TOKEN), "another run");
    }

    #[test]
    fn a_key_is_replaced_after_hours_and_what_it_signed_holds_to_its_end() {
        let tokens = tokens();
        let old = tokens.issue(PHONE, at(KEY_LIFE_S - 1));
        let new = tokens.issue(PHONE, at(KEY_LIFE_S));
        let key = |token: &str| decode_header(token).unwrap().kid.unwrap();
        assert_ne!(key(&old), key(&new));
        assert_eq!(tokens.judge(&old, at(KEY_LIFE_S + TOKEN_LIFE_S - 2)), Ok(PHONE));
        assert_eq!(tokens.judge(&new, at(KEY_LIFE_S + TOKEN_LIFE_S - 2)), Ok(PHONE));
        tokens.issue(PHONE, at(KEY_LIFE_S + TOKEN_LIFE_S + 1));
        assert!(tokens.keys.lock().unwrap().previous.is_none(), "its tokens are out");
        assert_ne!(key(&tokens.issue(PHONE, at(-1))), key(&new), "the clock was set back");
    }

    #[test]
    fn another_algorithm_another_audience_or_no_key_is_refused() {
        let tokens = tokens();
        let key = tokens.keys.lock().unwrap().current.clone();
        let forge = |kid: Option<&str>, aud: &str, with: &EncodingKey| {
            let claims = Claims { sub: PHONE.to_string(), aud: aud.to_owned(), exp: seconds(at(60)) };
            let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::HS256) };
            encode(&header, &claims, with).unwrap()
        };
        let judge = |token: &str| tokens.judge(token, at(0));
        let kid = Some(key.id.as_str());
        let signed = forge(kid, "home", &key.encoding);
        assert_eq!(judge(&signed), Ok(PHONE));
        for forged in [
            forge(kid, "another", &key.encoding),
            forge(None, "home", &key.encoding),
            forge(kid, "home", &EncodingKey::from_secret(b"guessed")),
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
