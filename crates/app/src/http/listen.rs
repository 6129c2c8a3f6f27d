//! Where the server listens, and why it does not.

use std::io;

use tokio::net::TcpListener;

use crate::{
    config::Http,
    exit::{Failed, Status},
};

/// Where it listens when neither the command line nor the configuration says.
const ADDRESS: &str = "127.0.0.1:7227";

const ADDRESS_HINT: &str = "give an address and a port, as in `--http 127.0.0.1:7227`";

/// Listens on the address of the command line, of the configuration, or on the usual one.
pub(super) async fn listen(http: &Http, address: &str) -> Result<TcpListener, Failed> {
    let address = match (address, &http.address) {
        ("", Some(configured)) => configured.as_str(),
        ("", None) => ADDRESS,
        (given, _) => given,
    };
    let listener = TcpListener::bind(address).await.map_err(|error| not_listening(address, &error))?;
    let at = listener.local_addr().map_err(|error| Failed::internal("cannot tell the address", error))?;
    if !at.ip().is_loopback() && http.token.is_none() {
        return Err(Failed::new(
            Status::Config,
            format!(
                "refusing to listen on `{address}`, which other machines can reach, without a credential"
            ),
        )
        .hint("set NARROWS_TOKEN or `narrows.http.token`, or listen on 127.0.0.1"));
    }
    Ok(listener)
}

/// Why it cannot be listened there, and what to do.
fn not_listening(address: &str, error: &io::Error) -> Failed {
    let (status, why, hint) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            Status::Unavailable,
            "another program listens there, perhaps another Narrows".to_owned(),
            "end that program, or choose another port, as in `--http 127.0.0.1:7228`; with port 0 the system chooses one",
        ),
        io::ErrorKind::AddrNotAvailable => (
            Status::Config,
            "this machine has no such address".to_owned(),
            "give an address of this machine and a port, as in `--http 127.0.0.1:7227`",
        ),
        io::ErrorKind::PermissionDenied => {
            (Status::Config, error.to_string(), "choose a port above 1023, as in `--http 127.0.0.1:7227`")
        }
        io::ErrorKind::InvalidInput => (Status::Config, error.to_string(), ADDRESS_HINT),
        _ => (Status::Internal, error.to_string(), ADDRESS_HINT),
    };
    Failed::new(status, format!("cannot listen on `{address}`: {why}")).hint(hint)
}
