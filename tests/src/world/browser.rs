//! An organizer's browser, which has a session and no replica.

use serde_json::json;
use server::api::sign_in::OfferSignIn;
use server::api::visitor::{COMMAND_HEADER, CSRF_HEADER};
use server::auth::sessions::Access;

use super::World;
use super::home::Sent;
use crate::desk::Reply;

/// A browser that is signed in.
pub struct Browser {
    cookie: String,
    csrf: String,
}

impl World {
    /// Signs a browser in, by a link that the laptop makes for an organizer of every event.
    pub fn signs_a_browser_in(&mut self) -> Browser {
        let name = "at the desk".to_owned();
        let offer = OfferSignIn { access: Access::Organizer, name, event: None, node: None, expires_in_s: None };
        let link = self.office().offer_sign_in(&offer).unwrap().link;
        let secret = link.split_once('#').unwrap().1;
        let body = json!({ "secret": secret }).to_string().into_bytes();
        let reply = self.browser_sends(Sent { path: "/v1/session".to_owned(), body, ..from_a_browser("POST") });
        let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
        let csrf = reply.is(201)["csrf"].as_str().unwrap().to_owned();
        Browser { cookie, csrf }
    }

    /// Reads a page, a list or a report.
    pub fn browser_reads(&mut self, browser: &Browser, path: &str) -> Reply {
        let headers = vec![("cookie", browser.cookie.clone())];
        self.browser_sends(Sent { path: path.to_owned(), headers, ..from_a_browser("GET") })
    }

    /// Has something done, under a name that no other request has.
    pub fn browser_posts(&mut self, browser: &Browser, path: &str, content_type: &str, body: &str) -> Reply {
        let command = format!("command-{}", self.chance.bits());
        let (cookie, csrf) = (browser.cookie.clone(), browser.csrf.clone());
        let headers = vec![("cookie", cookie), (CSRF_HEADER, csrf), (COMMAND_HEADER, command)];
        let (path, content_type, body) = (path.to_owned(), content_type.to_owned(), body.as_bytes().to_vec());
        self.browser_sends(Sent { path, content_type, body, headers, ..from_a_browser("POST") })
    }

    fn browser_sends(&mut self, sent: Sent) -> Reply {
        self.note(format!("a browser: {} {}", sent.method, sent.path));
        self.network.borrow().home.reply(&sent)
    }
}

fn from_a_browser(method: &'static str) -> Sent {
    let content_type = "application/json".to_owned();
    Sent { method, path: String::new(), authorization: None, content_type, body: Vec::new(), headers: Vec::new() }
}
