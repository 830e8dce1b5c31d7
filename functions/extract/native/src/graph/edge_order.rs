//! The order in which the embedded server takes edges best: the rules of `functions/load_graph/bulk/edge_order.py`.

/// What a line is ordered by: the kind of its edge, by its first appearance, and the place of the node it begins at.
type Placed<'a> = (usize, u64, &'a [u8]);

/// All lines, ordered; None where one is not as `element_lines` makes them.
pub fn ordered(blobs: &[&[u8]]) -> Option<Vec<u8>> {
    let mut kinds: Vec<&[u8]> = Vec::new();
    let mut lines: Vec<Placed> = Vec::new();
    for line in blobs.iter().flat_map(|blob| blob.split(|byte| *byte == b'\n')) {
        let (kind, place) = placed(line)?;
        let number = kinds.iter().position(|known| *known == kind).unwrap_or_else(|| {
            kinds.push(kind);
            kinds.len() - 1
        });
        lines.push((number, place, line));
    }
    lines.sort_by_key(|(kind, place, _)| (*kind, *place));
    let mut made = Vec::with_capacity(blobs.iter().map(|blob| blob.len() + 1).sum());
    for (_, _, line) in lines {
        made.extend_from_slice(line);
        made.push(b'\n');
    }
    made.pop();
    Some(made)
}

/// The kind of an edge, and the position or ordinal of the node that it begins at.
fn placed(line: &[u8]) -> Option<(&[u8], u64)> {
    let rest = line.strip_prefix(b"{\"@type\":\"edge\",\"@class\":\"")?;
    let (kind, rest) = rest.split_at_checked(memchr::memchr(b'"', rest)?)?;
    let rest = rest.strip_prefix(b"\",\"@from\":\"")?;
    let (begin, _) = rest.split_at_checked(memchr::memchr(b'"', rest)?)?;
    let position = begin.get(memchr::memchr(b':', begin).map_or(0, |colon| colon + 1)..)?;
    Some((kind, std::str::from_utf8(position).ok()?.parse().ok()?))
}
