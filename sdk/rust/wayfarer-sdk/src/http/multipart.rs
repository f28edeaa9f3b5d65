//! `multipart/form-data` bodies.

/// A form with text fields and files, for [`Request::multipart`](super::Request::multipart).
///
/// ```
/// use wayfarer_sdk::http::Multipart;
///
/// let form = Multipart::new().text("title", "tea pot").file("photo", "pot.png", "image/png", [1, 2, 3]);
/// # let _ = form;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Multipart {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
struct Part {
    name: String,
    file: Option<(String, String)>,
    content: Vec<u8>,
}

impl Multipart {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text field.
    pub fn text(mut self, name: &str, value: impl AsRef<str>) -> Self {
        let content = value.as_ref().as_bytes().to_vec();
        self.parts.push(Part { name: name.to_owned(), file: None, content });
        self
    }

    /// Adds a file.
    pub fn file(
        mut self,
        name: &str,
        file_name: &str,
        media_type: &str,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        let file = Some((file_name.to_owned(), media_type.to_owned()));
        self.parts.push(Part { name: name.to_owned(), file, content: content.into() });
        self
    }

    pub(super) fn encode(&self) -> (String, Vec<u8>) {
        let boundary = self.boundary();
        let mut body = Vec::new();
        for part in &self.parts {
            let mut head =
                format!("--{boundary}\r\ncontent-disposition: form-data; name=\"{}\"", quoted(&part.name));
            if let Some((file_name, media_type)) = &part.file {
                let file = format!("; filename=\"{}\"\r\ncontent-type: {media_type}", quoted(file_name));
                head.push_str(&file);
            }
            head.push_str("\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(&part.content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// A text that occurs in no part. It is the same for the same form, so that recorded runs can be compared.
    fn boundary(&self) -> String {
        let mut number = 0;
        loop {
            let boundary = format!("wayfarer-boundary-{number}");
            let taken = |part: &Part| part.content.windows(boundary.len()).any(|w| w == boundary.as_bytes());
            if !self.parts.iter().any(taken) {
                return boundary;
            }
            number += 1;
        }
    }
}

/// Percent-encodes quotes and line ends, as browsers do in names.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::Multipart;

    #[test]
    fn writes_fields_and_files() {
        let (kind, body) = Multipart::new()
            .text("a\"b", "1")
            .file("f", "x.txt", "text/plain", "wayfarer-boundary-0")
            .encode();
        assert_eq!(kind, "multipart/form-data; boundary=wayfarer-boundary-1");
        let body = String::from_utf8(body).expect("text");
        assert!(body.starts_with(
            "--wayfarer-boundary-1\r\ncontent-disposition: form-data; name=\"a%22b\"\r\n\r\n1\r\n"
        ));
        assert!(body.contains("; filename=\"x.txt\"\r\ncontent-type: text/plain\r\n\r\n"));
        assert!(body.ends_with("\r\n--wayfarer-boundary-1--\r\n"));
    }
}
