//! Serves a socket with the server's limits that says back what it hears, for the Autobahn suite: `echo 127.0.0.1:9001`.

use std::error::Error;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).ok_or("say where to listen, such as 127.0.0.1:9001")?;
    axum::serve(TcpListener::bind(address).await?, server::testing::echo()).await?;
    Ok(())
}
