//! Processes of another user. Only root can start one, so for anybody else there is nothing to see here.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use ipc_rpc::{
    Connect, ConnectError, PeerPolicy, RefusalReason, RejectReason, ServerEvent, SocketName,
    context,
};
use support::{LabClient, Place, Stage};
use tempfile::TempDir;

use crate::program::{PROGRAM, Program, test};

/// The user that owns nothing.
const NOBODY: u32 = 65_534;

/// A directory as open as the one for temporary files, and a copy of the program that anybody can run.
struct Meeting {
    directory: TempDir,
}

impl Meeting {
    /// `None`: this process cannot start one of another user.
    fn arrange() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can start a process of another user");
            return None;
        }
        let directory = TempDir::new().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o1777)).unwrap();
        let meeting = Self { directory };
        // By another process: while this one had the copy open for writing, a child that a test beside this one
        // starts would hold it open as well, and a file that is being written cannot be run.
        let copied = Command::new("cp")
            .arg(PROGRAM)
            .arg(meeting.program())
            .status();
        assert!(copied.unwrap().success());
        fs::set_permissions(meeting.program(), Permissions::from_mode(0o755)).unwrap();
        Some(meeting)
    }

    fn program(&self) -> PathBuf {
        self.directory.path().join("program")
    }

    fn socket(&self) -> String {
        let path = self.directory.path().join("socket");
        path.to_str().unwrap().to_owned()
    }

    fn name(&self) -> SocketName {
        SocketName::path(self.socket()).unwrap()
    }

    fn start_as_nobody(&self, task: &str) -> Program {
        Program::start_with(&self.program(), task, &self.socket(), |command| {
            command.uid(NOBODY).gid(NOBODY);
        })
    }
}

#[test]
fn a_client_of_another_user_is_refused() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let place = Place::LocalSocket(meeting.name());
        let mut stage = Stage::at(place, |server| server.socket_mode(0o666)).await;
        let mut stranger = meeting.start_as_nobody("connect-as-anyone");
        let told = stranger.says().await.unwrap();
        assert!(told.contains("peer not allowed"), "{told}");
        let rejected = stage.events.next().await;
        let Some(ServerEvent::Rejected { peer, reason }) = rejected else {
            panic!("{rejected:?}");
        };
        assert_eq!((peer.uid(), peer.is_same_user()), (Some(NOBODY), false));
        assert!(
            matches!(
                &reason,
                RejectReason::Refused {
                    reason: RefusalReason::PeerNotAllowed,
                    ..
                }
            ),
            "{reason:?}"
        );
        stage.client().await;
        stage.end().await;
    });
}

#[test]
fn a_client_of_another_user_is_admitted_where_the_policy_says_so() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let policy = PeerPolicy::custom(|peer| peer.uid() == Some(NOBODY));
        let place = Place::LocalSocket(meeting.name());
        let stage = Stage::at(place, |server| server.socket_mode(0o666).admit(policy)).await;
        let mut stranger = meeting.start_as_nobody("connect-as-anyone");
        stranger.expect("admitted: Ok(5)").await;
        // And this policy admits nobody else, not even the server's own user.
        let refused = stage.connect().await.unwrap_err();
        assert!(
            matches!(
                refused,
                ConnectError::Refused {
                    reason: RefusalReason::PeerNotAllowed,
                    ..
                }
            ),
            "{refused:?}"
        );
        stage.end().await;
    });
}

#[test]
fn a_server_of_another_user_is_refused_before_a_byte_is_sent() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let mut imposter = meeting.start_as_nobody("listen-only");
        imposter.expect("ready").await;
        let refused = Connect::<LabClient>::new(meeting.name())
            .auth("a secret")
            .await
            .unwrap_err();
        let ConnectError::UntrustedServer { identity, .. } = &refused else {
            panic!("{refused:?}");
        };
        assert_eq!(identity.uid(), Some(NOBODY));
        imposter.expect("got 0 bytes").await;
    });
}

#[test]
fn a_server_of_another_user_is_talked_to_where_the_policy_says_so() {
    test(async || {
        let Some(meeting) = Meeting::arrange() else {
            return;
        };
        let mut server = meeting.start_as_nobody("serve-all-users");
        server.expect("ready").await;
        let client: LabClient = Connect::new(meeting.name())
            .trust(PeerPolicy::AnyUser)
            .await
            .unwrap();
        assert_eq!(client.add(context::current(), 2, 3).await.unwrap(), 5);
        let refused = Connect::<LabClient>::new(meeting.name()).await.unwrap_err();
        assert!(
            matches!(refused, ConnectError::UntrustedServer { .. }),
            "{refused:?}"
        );
        server.end().await;
    });
}
