use tokio::io::AsyncReadExt;

use super::*;
use crate::wire::RequestId;

/// Pieces and tails of every size, written through a stream that takes a few bytes at a time, arrive
/// whole and in order.
#[tokio::test]
async fn frames_arrive_byte_for_byte_however_the_writes_are_cut() {
    for capacity in [1, 7, 33, 4096] {
        let (mut reader, writer) = tokio::io::duplex(capacity);
        let mut outbox = Outbox::new(Box::new(writer), usize::MAX, usize::MAX);
        let header = Header::new(Kind::Request, RequestId::new(0, 0));
        let large = Bytes::from(vec![7; LARGE_BODY + 1]);
        let mut expected = Vec::new();
        for _ in 0..3 {
            outbox.append(header, b"pre", &mut Encoded::new(b"small".to_vec()));
            let mut message = Encoded::new(large.to_vec());
            message.push_slice(b"\x07\x07");
            message.push_bytes(large.clone());
            message.push_slice(b"\x07\x07\x07");
            outbox.append(header, b"", &mut message);
            for (prefix, body, side) in [
                (&b"pre"[..], &b"small"[..], 0),
                (b"", &large, large.len() + 5),
            ] {
                let mut header = header;
                header.len = (prefix.len() + body.len() + side) as u32;
                header.side_len = side as u32;
                expected.extend_from_slice(&header.encode());
                expected.extend_from_slice(prefix);
                expected.extend_from_slice(body);
                expected.extend(std::iter::repeat_n(7, side));
            }
        }
        let write = async {
            while let Some(mut writer) = outbox.lend() {
                let written = std::future::poll_fn(|cx| writer.write(cx.waker())).await;
                assert!(outbox.give_back(writer, written.unwrap()).is_none());
            }
        };
        let mut read = vec![0; expected.len()];
        let (_, result) = tokio::join!(write, reader.read_exact(&mut read));
        result.unwrap();
        assert!(read == expected, "capacity {capacity}");
        assert!(outbox.is_flushed());
    }
}
