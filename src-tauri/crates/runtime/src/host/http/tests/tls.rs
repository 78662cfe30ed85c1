//! Certificates: only those that lead to a trusted root and name the host.

use std::sync::OnceLock;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::host::http::{SendError, SendOptions, send};

fn authority() -> &'static CertifiedIssuer<'static, KeyPair> {
    static AUTHORITY: OnceLock<CertifiedIssuer<'static, KeyPair>> = OnceLock::new();
    AUTHORITY.get_or_init(new_authority)
}

fn new_authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a root")
}

/// The root that the tests of this crate trust beside the system's.
pub(crate) fn trusted_root() -> CertificateDer<'static> {
    authority().der().clone()
}

async fn server(issuer: &CertifiedIssuer<'static, KeyPair>, name: &str) -> SocketAddr {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    let certificate = params.signed_by(&key, issuer).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider's versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("key and certificate fit");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust the certificate leaves here.
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(converse(stream, Arc::default(), Arc::new(|_: &str| response("200 OK", "", b"sealed"))));
            }
        }
    });
    address
}

async fn get(host: &str, address: SocketAddr) -> Result<Bytes, SendError> {
    let world = Setup { names: vec![("secure.localhost", vec!["127.0.0.1"])], ..Setup::default() }.build();
    let url = format!("https://{host}:{}/", address.port());
    let sent = send(world.run.clone(), request("GET", &url, &[], b""), SendOptions::default()).await?;
    Ok(sent.response.into_body().collect().await.expect("whole").to_bytes())
}

#[tokio::test]
async fn a_trusted_certificate_is_accepted() {
    let named = server(authority(), "secure.localhost").await;
    assert_eq!(get("secure.localhost", named).await, Ok(Bytes::from("sealed")));
    let literal = server(authority(), "127.0.0.1").await;
    assert_eq!(get("127.0.0.1", literal).await, Ok(Bytes::from("sealed")), "addresses can be in certificates");
}

#[tokio::test]
async fn bad_certificates_are_never_accepted() {
    let unknown = server(&new_authority(), "secure.localhost").await;
    let error = get("secure.localhost", unknown).await.expect_err("an unknown root");
    assert!(matches!(error, SendError::Tls(_)), "{error:?}");
    let misnamed = server(authority(), "other.localhost").await;
    let error = get("secure.localhost", misnamed).await.expect_err("another name");
    assert!(matches!(error, SendError::Tls(_)), "{error:?}");
}
