//! Compiles components in a child of the same binary, because a component is hostile input and the compiler's output is
//! machine code that the runner executes.
//!
//! A module of 700 KB can ask the compiler for 26 GB of memory and abort the process. The child gets 1 GiB of address space
//! and a budget of processor time, and before it looks at the component it gives up whatever compiling does not need. The
//! parent's pooling engine loads the artefact that the child writes.
//!
//! - [`parent`]: starts the child and exchanges bytes with it. Dropping the future kills the child.
//! - [`child`]: all that the child does. [`confine`], [`syscalls`]: what it gives up.
//! - [`largest`]: the function to name when a component is too much for the compiler. [`error`]: why there is no artefact.

mod child;
mod confine;
mod error;
mod largest;
mod parent;
mod syscalls;

pub use child::compile_child;
pub use error::CompileError;
pub use largest::LargestFunction;
pub(crate) use parent::Compiler;
