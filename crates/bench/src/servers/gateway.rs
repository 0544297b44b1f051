//! Our side: a home served by the gateway, as `ringfence serve` does it.

use anyhow::{Context, Result};
use ringfence_app::{App, SystemClock};
use ringfence_gateway::app_gate::AppGate;
use ringfence_gateway::{Bounds, Listen, Transport};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

/// Serves until killed; prints the address first.
pub fn serve(home: &Path) -> Result<()> {
    let app = App::open(home, Arc::new(SystemClock)).context("opening the home")?;
    let bounds = Bounds::default();
    let router = ringfence_gateway::router(Arc::new(AppGate::new(Arc::new(app))), bounds.clone(), None);
    let listen = Listen {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        transport: Transport::Plain,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    runtime
        .block_on(ringfence_gateway::serve(
            listen,
            router,
            &bounds,
            std::future::pending(),
            |address| println!("{address}"),
        ))
        .context("serving")
}
