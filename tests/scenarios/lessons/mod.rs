//! What older systems for the same purpose got wrong, each as a fact about this one: libnick's
//! `InterProcessCommunicator`, net-ipc and @isdk/ipc-server, ipcIO, and Innmind's sockets and IPC.
//!
//! Only what no other suite states; most of it is where its subject is.

mod connecting;
mod data;
mod endings;
mod instances;
mod peers;
#[cfg(unix)]
mod places;
mod topics;
