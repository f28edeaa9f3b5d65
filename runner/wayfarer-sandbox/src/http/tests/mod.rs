//! The engine over real sockets: plain and TLS servers, a name server and scripted peers, all on loopback and on ports
//! that the system chose. Tests wait for conditions, never for time to pass.

mod bodies;
mod connections;
mod content;
mod evidence;
mod exchanges;
mod failures;
mod heads;
mod hostile;
mod hostile_servers;
mod names;
mod redirects;
mod refusals;
pub(crate) mod rig;
mod rules;
mod secrets;
pub(crate) mod servers;
mod spellings;
mod trace_context;
mod trust;
