//! TLS over a connection: the system's roots, the public ones where the system has none, no exceptions.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::sync::OnceCell;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Host;

use super::Connection;

static CONFIG: OnceCell<Arc<ClientConfig>> = OnceCell::const_new();

/// Speaks TLS with the host of a URL; the reason of a failure is in words.
pub async fn secure(connection: Connection, host: &Host<&str>) -> Result<TlsStream<Connection>, String> {
    let name = match host {
        Host::Domain(name) => {
            let name = name.strip_suffix('.').unwrap_or(name).to_owned();
            ServerName::try_from(name.clone()).map_err(|_| format!("\"{name}\" cannot be in a certificate"))?
        }
        Host::Ipv4(address) => ServerName::IpAddress(IpAddr::V4(*address).into()),
        Host::Ipv6(address) => ServerName::IpAddress(IpAddr::V6(*address).into()),
    };
    let config = CONFIG.get_or_try_init(load).await?;
    TlsConnector::from(config.clone()).connect(name, connection).await.map_err(|error| error.to_string())
}

async fn load() -> Result<Arc<ClientConfig>, String> {
    let roots = tokio::task::spawn_blocking(roots).await.map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::warn!("a root certificate of the system cannot be read: {error}");
    }
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    #[cfg(test)]
    roots.add_parsable_certificates([crate::host::http::tests::tls::trusted_root()]);
    roots
}

/// Random bytes from the TLS library's generator.
pub fn random<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    let provider = rustls::crypto::ring::default_provider();
    provider.secure_random.fill(&mut bytes).map_err(|_| "the system gives no random bytes".to_owned())?;
    Ok(bytes)
}
