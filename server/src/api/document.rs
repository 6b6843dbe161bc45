//! What the API says of itself: one document generated from the handlers, and a page that draws it without the
//! internet.

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::{delete_with, get_with, patch_with, post_with};
use aide::generate::{GenContext, in_context, reset_context};
use aide::openapi::{Components, Info, OpenApi, Operation, ReferenceOr, Response as Described, SecurityScheme};
use aide::operation::OperationHandler;
use aide::{OperationInput, OperationOutput};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Extension;
use axum::handler::Handler;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use schemars::json_schema;

use super::cookies::COOKIE_NAME;
use super::described::{BEARER, add_problems, content};
use super::visitor::COOKIE_SCHEME;
use crate::app::App;
use crate::error::Problem;

/// Addresses, each with one sentence: the router and the document follow from one list.
pub struct Addresses {
    routes: ApiRouter<Arc<App>>,
    /// What the last one is called in the document.
    last: String,
}

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident by $route:ident;)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name<H, I, O, T>(self, path: &str, handler: H, summary: &str) -> Self
        where
            H: Handler<T, Arc<App>> + OperationHandler<I, O>,
            I: OperationInput,
            O: OperationOutput,
            T: 'static,
        {
            let id = id_of(stringify!($name), path);
            let routes = $route(handler, |operation| operation.id(&id).summary(summary));
            Self { routes: self.routes.api_route(path, routes), last: id }
        }
    )+};
}

fn id_of(method: &str, path: &str) -> String {
    let parts = path.split(['/', '{', '}', '.']).filter(|part| !part.is_empty() && *part != "v1");
    std::iter::once(method).chain(parts).collect::<Vec<_>>().join("_")
}

impl Addresses {
    /// A set of addresses without any.
    #[must_use]
    pub fn none() -> Self {
        Self { routes: ApiRouter::new(), last: String::new() }
    }

    methods! {
        /// An address that is read.
        get by get_with;
        /// Adds or does something.
        post by post_with;
        /// An address at which a part is changed.
        patch by patch_with;
        /// An address at which something is removed.
        delete by delete_with;
    }

    /// The last address may also end with these problems.
    #[must_use]
    pub fn or(self, problems: &[Problem]) -> Self {
        let Self { routes, last } = self;
        let routes = describe(routes, |operation| operation.operation_id.as_ref() == Some(&last), problems);
        Self { routes, last }
    }

    /// All of these may also end with these problems.
    #[must_use]
    pub fn all_or(self, problems: &[Problem]) -> Self {
        Self { routes: describe(self.routes, |_| true, problems), last: self.last }
    }

    /// Joins two sets of addresses.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self { routes: self.routes.merge(others.routes), last: String::new() }
    }

    /// The same, each changed as axum's routers are.
    #[must_use]
    pub fn with(self, change: impl FnOnce(ApiRouter<Arc<App>>) -> ApiRouter<Arc<App>>) -> Self {
        Self { routes: change(self.routes), last: self.last }
    }

    /// The routes, and the document that says what they are.
    ///
    /// # Panics
    /// Never: the document is plain data.
    pub fn finish(self) -> (Router<Arc<App>>, Document) {
        let mut api = about();
        let router = self.routes.finish_api(&mut api);
        let bytes = serde_json::to_vec(&api).expect("the document is plain data");
        (router, Document(bytes.into()))
    }
}

fn describe(
    routes: ApiRouter<Arc<App>>,
    which: impl Fn(&Operation) -> bool,
    problems: &[Problem],
) -> ApiRouter<Arc<App>> {
    routes.with_path_items(|mut item| {
        let all = item.inner_mut();
        let all = [&mut all.get, &mut all.post, &mut all.patch, &mut all.delete];
        for operation in all.into_iter().flatten().filter(|operation| which(operation)) {
            in_context(|ctx| add_problems(ctx, operation, problems));
        }
        item
    })
}

/// To be called before addresses are collected: what another router of this thread left behind is forgotten.
pub fn begin() -> Addresses {
    reset_context();
    Addresses::none()
}

fn about() -> OpenApi {
    let bearer = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: Some("JWT".to_owned()),
        description: Some("A device signs a nonce and is given a token for some minutes.".to_owned()),
        extensions: indexmap::IndexMap::default(),
    };
    let cookie = SecurityScheme::ApiKey {
        location: aide::openapi::ApiKeyLocation::Cookie,
        name: COOKIE_NAME.to_owned(),
        description: Some("A browser signs in with a link that is good once.".to_owned()),
        extensions: indexmap::IndexMap::default(),
    };
    let schemes = [(BEARER, bearer), (COOKIE_SCHEME, cookie)];
    let schemes = schemes.map(|(name, scheme)| (name.to_owned(), ReferenceOr::Item(scheme)));
    OpenApi {
        info: Info {
            title: "Saxaul".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            description: Some(
                "Rosters and attendance that are recorded without a network. Failures are problem details \
                 (RFC 9457) with a stable `code`; each answer names its request in `x-request-id`."
                    .to_owned(),
            ),
            ..Info::default()
        },
        components: Some(Components { security_schemes: schemes.into_iter().collect(), ..Components::default() }),
        ..OpenApi::default()
    }
}

/// The document, as it is served.
#[derive(Clone)]
pub struct Document(Bytes);

/// A file that the program carries with it.
pub struct Carried {
    media_type: &'static str,
    bytes: Bytes,
}

impl IntoResponse for Carried {
    fn into_response(self) -> Response {
        let mut response = ([(CONTENT_TYPE, self.media_type), (CACHE_CONTROL, "no-cache")], self.bytes).into_response();
        let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
        response
    }
}

impl OperationOutput for Carried {
    type Inner = ();

    fn inferred_responses(ctx: &mut GenContext, operation: &mut Operation) -> Vec<(Option<u16>, Described)> {
        Problem::inferred_responses(ctx, operation);
        let any = content("*/*", json_schema!({}));
        vec![(Some(200), Described { description: "The file.".to_owned(), content: any, ..Described::default() })]
    }
}

/// A style sheet that the program carries with it.
pub const fn carried_style(content: &'static str) -> Carried {
    file("text/css; charset=utf-8", content)
}

/// `GET /v1/openapi.json`: the document of the API.
pub async fn openapi(Extension(Document(bytes)): Extension<Document>) -> Carried {
    Carried { media_type: "application/json", bytes }
}

const fn file(media_type: &'static str, content: &'static str) -> Carried {
    Carried { media_type, bytes: Bytes::from_static(content.as_bytes()) }
}

/// A page that the program carries with it.
pub const fn carried_page(content: &'static str) -> Carried {
    file("text/html; charset=utf-8", content)
}

/// A script that the program carries with it.
pub const fn carried_script(content: &'static str) -> Carried {
    file("text/javascript; charset=utf-8", content)
}

/// `GET /v1/docs`: a page that draws the document.
pub async fn page() -> Carried {
    carried_page(include_str!("../../web/api/page.html"))
}

/// `GET /v1/docs/page.js`: the script of that page.
pub async fn script() -> Carried {
    carried_script(include_str!("../../web/api/page.js"))
}

/// `GET /v1/docs/page.css`: the style of that page.
pub async fn style() -> Carried {
    carried_style(include_str!("../../web/api/page.css"))
}
