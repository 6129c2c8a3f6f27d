//! Declarations that are nothing but each other: `type A = B; type B = A` means nothing and does not compile.

use super::{convert::Declaration, ty::Ty};

/// Replaces every reference that closes such a circle. References inside objects and arrays are fine.
pub(crate) fn cut(declarations: &mut [Declaration]) {
    let edges: Vec<Vec<usize>> = declarations.iter().map(|declaration| bare(&declaration.ty)).collect();
    for (from, to) in closing(&edges) {
        let ty = &declarations[from].ty;
        declarations[from].ty = without(ty, to);
    }
}

/// The declarations a type is made of directly.
fn bare(ty: &Ty) -> Vec<usize> {
    match ty {
        Ty::Ref(at) => vec![*at],
        Ty::Union(parts) | Ty::Both(parts) => parts.iter().flat_map(bare).collect(),
        _ => Vec::new(),
    }
}

/// The edges that lead back to a node still being walked; walked with a list, for chains may be long.
fn closing(edges: &[Vec<usize>]) -> Vec<(usize, usize)> {
    const NEW: u8 = 0;
    const OPEN: u8 = 1;
    const DONE: u8 = 2;
    let mut marks = vec![NEW; edges.len()];
    let mut found = Vec::new();
    for start in 0..edges.len() {
        if marks[start] != NEW {
            continue;
        }
        marks[start] = OPEN;
        let mut path = vec![(start, 0)];
        while let Some((node, next)) = path.pop() {
            let Some(&to) = edges[node].get(next) else {
                marks[node] = DONE;
                continue;
            };
            path.push((node, next + 1));
            match marks[to] {
                NEW => {
                    marks[to] = OPEN;
                    path.push((to, 0));
                }
                OPEN => found.push((node, to)),
                _ => {}
            }
        }
    }
    found
}

fn without(ty: &Ty, at: usize) -> Ty {
    match ty {
        Ty::Ref(to) if *to == at => Ty::unknown_because("the schema refers to itself"),
        Ty::Union(members) => {
            let rest: Vec<Ty> =
                members.iter().filter(|ty| !matches!(ty, Ty::Ref(to) if *to == at)).cloned().collect();
            Ty::union(rest.iter().map(|ty| without(ty, at)))
        }
        Ty::Both(parts) => {
            let mut rest: Vec<Ty> =
                parts.iter().filter(|ty| !matches!(ty, Ty::Ref(to) if *to == at)).cloned().collect();
            match rest.len() {
                0 => Ty::unknown_because("the schema refers to itself"),
                1 => rest.remove(0),
                _ => Ty::Both(rest.into()),
            }
        }
        other => other.clone(),
    }
}
