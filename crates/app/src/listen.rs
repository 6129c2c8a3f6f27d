//! Where to listen for requests, as a person writes it on the command line or in the configuration.

/// An address to listen on, as it is written; a port alone is one of this machine.
pub(crate) fn address(text: &str) -> Result<String, String> {
    if text.parse::<u16>().is_ok() {
        return Ok(format!("127.0.0.1:{text}"));
    }
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        _ => Err(format!("`{text}` is not an address and a port, as in `127.0.0.1:7227`")),
    }
}
