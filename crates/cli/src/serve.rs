//! `ringfence serve`: git over HTTP for recipients.

use anyhow::Result;
use ringfence_app::config::LimitsSection;
use ringfence_app::{App, AppError};
use ringfence_gateway::app_gate::AppGate;
use ringfence_gateway::{Bounds, Listen, Transport};
use ringfence_store::ServerLock;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

/// How to serve, from the command line; the configuration fills the rest.
pub struct ServeOptions<'a> {
    /// Address to listen on.
    pub listen: Option<SocketAddr>,
    /// Address of the proxy in front.
    pub behind_proxy: Option<IpAddr>,
    /// PEM certificate chain and key.
    pub tls: Option<(&'a PathBuf, &'a PathBuf)>,
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// When another server holds the home, the address is not allowed or taken, or the certificate cannot be read.
pub fn serve(
    app: App,
    options: &ServeOptions<'_>,
    say: impl FnOnce(SocketAddr, &str) + Send + 'static,
) -> Result<()> {
    let configured = &app.config().server;
    let listen: SocketAddr = match options.listen {
        Some(listen) => listen,
        None => configured
            .listen
            .parse()
            .map_err(|error| AppError::Input(format!("[server] listen {:?}: {error}", configured.listen)))?,
    };
    let tls = match (options.tls, &configured.certificate, &configured.key) {
        (Some((certificate, key)), _, _) => Some((certificate.clone(), key.clone())),
        (None, Some(certificate), Some(key)) => Some((app.home().join(certificate), app.home().join(key))),
        (None, None, None) => None,
        _ => {
            return Err(AppError::Input(
                "[server] names a certificate without a key, or a key without a certificate".to_owned(),
            )
            .into());
        }
    };
    let transport = match (tls, options.behind_proxy) {
        (Some((certificate, key)), None) => Transport::Tls { certificate, key },
        (None, Some(proxy)) => Transport::BehindProxy { proxy },
        (None, None) => Transport::Plain,
        (Some(_), Some(_)) => {
            return Err(
                AppError::Input("--behind-proxy and a certificate exclude each other".to_owned()).into(),
            );
        }
    };
    let _lock = ServerLock::take(app.home(), &format!("process {} on {listen}", std::process::id()))
        .map_err(AppError::from)?;
    let closed = app.close_broken_deliveries()?;
    if closed > 0 {
        tracing::info!(
            closed,
            "deliveries that an earlier server left open; they count as delivered"
        );
    }
    // Pushes that an earlier server was taking when it ended.
    ringfence_git::quarantine::sweep(&app.quarantine()?).map_err(AppError::from)?;
    let bounds = bounds_of(&app.config().limits);
    let scheme = if matches!(transport, Transport::Tls { .. }) {
        "https"
    } else {
        "http"
    };
    let router = ringfence_gateway::router(
        Arc::new(AppGate::new(Arc::new(app))),
        bounds.clone(),
        options.behind_proxy,
    );
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| AppError::fault("starting the server", error))?;
    let stop = std::future::pending::<()>();
    runtime
        .block_on(ringfence_gateway::serve(
            Listen {
                address: listen,
                transport,
            },
            router,
            &bounds,
            stop,
            move |address| {
                say(address, scheme);
            },
        ))
        .map_err(|error| AppError::Input(error.to_string()))?;
    Ok(())
}

fn bounds_of(limits: &LimitsSection) -> Bounds {
    let mut bounds = Bounds::default();
    bounds.per_token = usize::try_from(limits.transfers_per_token).unwrap_or(bounds.per_token);
    bounds.serve.cpu_seconds = limits.transfer_cpu_seconds;
    bounds.receive.pack_bytes = limits.push_bytes;
    bounds.receive.inflated_bytes = limits.push_inflated_bytes;
    bounds
}
