//! Requests that carry a token, and are sent again with another one when it is refused.

use reqwest::{
    RequestBuilder, Response, StatusCode,
    header::{AUTHORIZATION, HeaderMap, HeaderValue, WWW_AUTHENTICATE},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    failure::Failure,
    http::remote::{Again, Remote},
    sign_in::{Refusal, SignIn},
    text::clean_line,
};

/// How often one request is sent again with another token: after the first sign-in, and as more rights are asked for.
/// A server that refuses every token would else be asked for ever.
const RENEWALS_MAX: u32 = 3;
/// What is read of a challenge: an address, some scopes and a sentence.
const CHALLENGE_BYTES_MAX: usize = 8 << 10;

impl Remote {
    /// Sends a request with the token of this moment. A server that refuses it has done nothing, so the request may be
    /// sent again whatever it says.
    pub(super) async fn send_signed(
        &self,
        sign_in: &dyn SignIn,
        request: &RequestBuilder,
        again: Again,
    ) -> Result<Response, Failure> {
        let mut token = sign_in.token().await?;
        let mut renewals = 0;
        loop {
            let response = self.send_once(self.signed(request, token.as_ref())?, again).await?;
            if !is_refused(response.status()) || renewals == RENEWALS_MAX {
                return Ok(response);
            }
            let status = response.status().as_u16();
            let refusal = Refusal { status, challenge: challenge(response.headers()), token, renewals };
            token = match sign_in.renewed(refusal).await? {
                None => return Ok(response),
                renewed => renewed,
            };
            renewals += 1;
        }
    }

    fn signed(
        &self,
        request: &RequestBuilder,
        token: Option<&SecretString>,
    ) -> Result<RequestBuilder, Failure> {
        let unsent = || Failure::Lost("the request cannot be sent with this token".to_owned());
        // Every body is bytes, which can be sent twice.
        let request = request.try_clone().ok_or_else(unsent)?;
        let Some(token) = token else { return Ok(request) };
        self.secrets.add_token(token);
        let mut value =
            HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).map_err(|_| unsent())?;
        value.set_sensitive(true);
        Ok(request.header(AUTHORIZATION, value))
    }
}

fn is_refused(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// Of several challenges the one about bearer tokens that says where to sign in, or else any about them.
fn challenge(headers: &HeaderMap) -> Option<String> {
    let texts = headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok());
    let is_about_tokens = |text: &&str| text.to_ascii_lowercase().contains("bearer");
    let texts: Vec<_> = texts.filter(is_about_tokens).collect();
    let best = texts.iter().find(|text| text.contains("resource_metadata=")).or(texts.first());
    best.map(|text| clean_line(text, CHALLENGE_BYTES_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_about_tokens_is_found_among_others() {
        for (sent, expect) in [
            (vec![], None),
            (vec!["Basic realm=\"x\""], None),
            (vec!["Basic", "bearer"], Some("bearer")),
            (
                vec!["Bearer error=\"x\"", "Bearer resource_metadata=\"https://a.example/m\""],
                Some("Bearer resource_metadata=\"https://a.example/m\""),
            ),
        ] {
            let mut headers = HeaderMap::new();
            for text in sent {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(text));
            }
            assert_eq!(challenge(&headers).as_deref(), expect);
        }
    }
}
