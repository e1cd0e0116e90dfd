//! As much of HTTP/1.0 as it takes to fetch a page (RFC 1945): URLs, requests and responses. Nothing
//! here touches a socket.

use std::io::{self, ErrorKind};

/// The most that a response may have before its body.
const HEAD_SIZE: usize = 64 * 1024;

/// `http://HOST:PORT/PATH`, in pieces.
#[derive(Debug, PartialEq)]
pub(crate) struct Url {
    /// As the user wrote it.
    pub(crate) text: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    path: String,
}

impl Url {
    /// Takes a URL to pieces.
    ///
    /// # Errors
    /// It is none, or not one of HTTP: a sentence for the user.
    pub(crate) fn parse(text: &str) -> Result<Url, String> {
        if text.starts_with("https://") {
            return Err(format!(
                "{text}: https is HTTP inside TLS, which this program does not speak; try http://"
            ));
        }
        Url::from_pieces(text).ok_or_else(|| format!("{text} is not an http URL"))
    }

    fn from_pieces(text: &str) -> Option<Url> {
        // What comes after # is for the browser; the server never sees it. (RFC 3986, section 3.5)
        let rest = text.strip_prefix("http://")?.split('#').next()?;
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (host, port) = match authority.rsplit_once(':') {
            // A colon between brackets is a part of an IPv6 address.
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
            _ => (authority, 80),
        };
        // A space or a line feed would end the path, or the line, in the request.
        let is_clean = rest.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_clean || host.is_empty() || host.contains('@') {
            return None;
        }
        let slash = if path.starts_with('/') { "" } else { "/" };
        Some(Url {
            text: text.to_owned(),
            host: host.to_owned(),
            port,
            path: format!("{slash}{path}"),
        })
    }

    /// What a server must be sent to answer with the page.
    pub(crate) fn request(&self) -> Vec<u8> {
        let Url { host, path, .. } = self;
        let port = match self.port {
            80 => String::new(),
            port => format!(":{port}"),
        };
        format!("GET {path} HTTP/1.0\r\nHost: {host}{port}\r\n\r\n").into_bytes()
    }
}

/// A response, complete.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    /// 200, 404, …
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The response, if it is complete. Its body has as many bytes as Content-Length tells; without
    /// that, it ends with the connection.
    ///
    /// # Errors
    /// It is no HTTP, or `ended`, and something is missing.
    pub(crate) fn read(received: &[u8], ended: bool) -> io::Result<Option<Answer>> {
        let mut headers = [httparse::EMPTY_HEADER; 100];
        let mut head = httparse::Response::new(&mut headers);
        let start = match head.parse(received) {
            Ok(httparse::Status::Complete(start)) => start,
            Ok(httparse::Status::Partial) if ended => return Err(cut_short()),
            Ok(httparse::Status::Partial) if received.len() <= HEAD_SIZE => return Ok(None),
            Ok(httparse::Status::Partial) => return Err(invalid("its head does not end")),
            Err(error) => return Err(invalid(&error.to_string())),
        };
        let body = &received[start..];
        let body = match content_length(head.headers) {
            Some(length) if body.len() >= length => &body[..length],
            Some(_) if ended => return Err(cut_short()),
            None if ended => body,
            _ => return Ok(None),
        };
        Ok(Some(Answer {
            status: head.code.unwrap_or(0),
            reason: head.reason.unwrap_or("").to_owned(),
            body: body.to_owned(),
        }))
    }
}

/// How long the server says that the body is.
fn content_length(headers: &[httparse::Header]) -> Option<usize> {
    let length = headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("content-length"))?;
    str::from_utf8(length.value).ok()?.trim().parse().ok()
}

fn cut_short() -> io::Error {
    let message = "the server ended before the response was complete";
    io::Error::new(ErrorKind::UnexpectedEof, message)
}

fn invalid(why: &str) -> io::Error {
    let message = format!("the server's answer is not HTTP: {why}");
    io::Error::new(ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_host_a_port_and_a_path() {
        for (text, host, port, path) in [
            ("http://a", "a", 80, "/"),
            (
                "http://a.example:8000/b/c?d=e#f",
                "a.example",
                8000,
                "/b/c?d=e",
            ),
            ("http://a?b", "a", 80, "/?b"),
            ("http://[::1]:81/", "[::1]", 81, "/"),
            ("http://[::1]", "[::1]", 80, "/"),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(
                (&*url.host, url.port, &*url.path),
                (host, port, path),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in [
            "",
            "a",
            "ftp://a/",
            "http://",
            "http:///a",
            "http://a:b/",
            "http://a:65536/",
            "http://me@a/",
            "http://a/b c",
            "http://a/\r\nHost: b",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        assert!(Url::parse("https://a/").unwrap_err().contains("TLS"));
    }

    #[test]
    fn a_response_is_complete_by_its_length_or_by_the_end() {
        let body = |text: &str, ended| {
            let answer = Answer::read(text.as_bytes(), ended).unwrap();
            answer.map(|answer| answer.body)
        };
        let (with, without) = (
            "HTTP/1.0 200 OK\r\nContent-length: 2\r\n\r\n",
            "HTTP/1.0 200 OK\r\n\r\n",
        );
        assert_eq!(body(&with[..20], false), None);
        assert_eq!(body(&format!("{with}h"), false), None);
        assert_eq!(body(&format!("{with}hi"), false), Some(b"hi".to_vec()));
        assert_eq!(body(&format!("{with}hi, you"), false), Some(b"hi".to_vec()));
        assert_eq!(body(&format!("{without}hi"), false), None);
        assert_eq!(body(&format!("{without}hi"), true), Some(b"hi".to_vec()));
        assert_eq!(body(without, true), Some(Vec::new()));
    }

    #[test]
    fn what_is_cut_short_or_no_http_is_an_error() {
        let with = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nh";
        for ended in [&with[..], &with[..20], b""] {
            let error = Answer::read(ended, true).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        }
        let endless = format!("HTTP/1.0 200 OK\r\nX: {}", "x".repeat(HEAD_SIZE));
        for other in ["SSH-2.0-x\r\n", &endless] {
            let error = Answer::read(other.as_bytes(), false).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData);
        }
    }
}
