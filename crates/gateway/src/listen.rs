//! Opens the port and serves: loopback by default, elsewhere only under TLS or behind a named proxy.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use hyper_util::rt::TokioTimer;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep};

use crate::limits::Bounds;

/// Bytes that may wait in the kernel for one client: what a transfer can no longer take back when it is cut.
const SEND_BUFFER: u32 = 1 << 20;
/// Longest request head in bytes.
const LONGEST_HEAD: usize = 64 << 10;
/// How long running transfers may go on when the server is asked to end.
const GRACE: Duration = Duration::from_secs(10);

/// Where to listen and how.
#[derive(Clone, Debug)]
pub struct Listen {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
    /// What protects the way to the client.
    pub transport: Transport,
}

/// What protects the way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Nothing: on loopback only.
    Plain,
    /// TLS by rustls.
    Tls {
        /// Certificate chain, PEM.
        certificate: PathBuf,
        /// Private key, PEM.
        key: PathBuf,
    },
    /// A proxy in front ends TLS; only its connections are taken.
    BehindProxy {
        /// Its address.
        proxy: IpAddr,
    },
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Clear text on a network.
    #[error(
        "refused to listen on {address} without encryption: give a certificate and key, or --behind-proxy ADDRESS, or listen on 127.0.0.1"
    )]
    ClearText {
        /// The address.
        address: SocketAddr,
    },
    /// The port cannot be opened.
    #[error("listening on {address} failed: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The certificate or key cannot be used.
    #[error("the certificate {} with key {} cannot be used: {source}", certificate.display(), key.display())]
    Certificate {
        /// Certificate file.
        certificate: PathBuf,
        /// Key file.
        key: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The server broke off.
    #[error("serving on {address} broke off: {source}")]
    Serve {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// Serves `app` until SIGINT, SIGTERM or `stop`; `bound` is called once with the real address.
///
/// `app` is [`crate::router`], possibly merged with others.
///
/// # Errors
/// When the address is not allowed, cannot be opened, or serving fails.
pub async fn serve(
    listen: Listen,
    app: Router,
    bounds: &Bounds,
    stop: impl Future<Output = ()> + Send + 'static,
    bound: impl FnOnce(SocketAddr),
) -> Result<(), ListenError> {
    let address = listen.address;
    if listen.transport == Transport::Plain && !address.ip().is_loopback() {
        return Err(ListenError::ClearText { address });
    }
    let tls = match &listen.transport {
        Transport::Tls { certificate, key } => {
            Some(tls(certificate, key).map_err(|source| ListenError::Certificate {
                certificate: certificate.clone(),
                key: key.clone(),
                source,
            })?)
        }
        Transport::Plain | Transport::BehindProxy { .. } => None,
    };
    let listener = open(address).map_err(|source| ListenError::Bind { address, source })?;
    let real = listener
        .local_addr()
        .map_err(|source| ListenError::Bind { address, source })?;
    let handle = Handle::new();
    let mut server = Server::<SocketAddr>::from_listener(listener).handle(handle.clone());
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_time)
        .max_buf_size(LONGEST_HEAD);
    let only = match listen.transport {
        Transport::BehindProxy { proxy } => Some(proxy),
        Transport::Plain | Transport::Tls { .. } => None,
    };
    let guard = GuardAcceptor {
        places: Arc::new(Semaphore::new(bounds.connections)),
        only,
        // Later than the transfer's own limit, which can say and record why.
        stall: bounds.stall.saturating_add(GRACE),
    };
    tokio::spawn(async move {
        tokio::select! {
            () = stop => {}
            () = signal() => {}
        }
        handle.graceful_shutdown(Some(GRACE));
    });
    bound(real);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls)
                .handshake_timeout(bounds.head_time)
                .acceptor(guard);
            server.acceptor(acceptor).http1_only().serve(app).await
        }
        None => server.acceptor(guard).http1_only().serve(app).await,
    };
    served.map_err(|source| ListenError::Serve {
        address: real,
        source,
    })
}

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(256)
}

/// Only HTTP/1.1 is offered: telling the versions apart has no time limit, and git needs no other.
fn tls(certificate: &Path, key: &Path) -> io::Result<RustlsConfig> {
    let other = |error: &dyn std::fmt::Display| io::Error::other(error.to_string());
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| other(&error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| other(&error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| other(&error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| other(&error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}

async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be watched; the server ends only when it is killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Bounds connections: their number, where they come from, and how long a client may refuse to take bytes.
#[derive(Clone, Debug)]
struct GuardAcceptor {
    places: Arc<Semaphore>,
    only: Option<IpAddr>,
    stall: Duration,
}

impl<S: Send + 'static> Accept<TcpStream, S> for GuardAcceptor {
    type Stream = Guarded;
    type Service = S;
    type Future = std::future::Ready<io::Result<(Guarded, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        std::future::ready(self.guard(stream).map(|stream| (stream, service)))
    }
}

impl GuardAcceptor {
    fn guard(&self, stream: TcpStream) -> io::Result<Guarded> {
        if let Some(only) = self.only
            && stream.peer_addr()?.ip() != only
        {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "not from the proxy",
            ));
        }
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| io::Error::new(io::ErrorKind::QuotaExceeded, "too many connections"))?;
        stream.set_nodelay(true)?;
        Ok(Guarded {
            stream,
            stall: self.stall,
            blocked: None,
            _place: place,
        })
    }
}

/// A connection that breaks when its client takes nothing for too long.
#[derive(Debug)]
struct Guarded {
    stream: TcpStream,
    stall: Duration,
    blocked: Option<Pin<Box<Sleep>>>,
    _place: OwnedSemaphorePermit,
}

impl Guarded {
    fn watch<T>(&mut self, context: &mut Context<'_>, poll: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if poll.is_ready() {
            self.blocked = None;
            return poll;
        }
        let stall = self.stall;
        let timer = self
            .blocked
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + stall)));
        match timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the client takes no bytes",
            ))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Guarded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Guarded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.watch(context, poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
