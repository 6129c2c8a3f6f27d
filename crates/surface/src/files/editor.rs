//! What makes the tree a folder for an editor: how TypeScript reads it, and the declarations of what scripts have.
//!
//! The declarations speak of what the engine's prelude exposes; a test of the program holds the two together.

/// A file of the folder, by its name.
#[derive(Debug, Clone, Copy)]
pub struct EditorFile {
    /// Its name in the folder.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Whose it is after it was written.
    pub owner: Owner,
}

/// Who changes a file once it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Narrows: it is written anew each time.
    Narrows,
    /// The person: it is not written again.
    Person,
}

/// The files beside `servers` and `skills`.
pub const EDITOR_FILES: [EditorFile; 4] = [
    EditorFile { name: "README.md", text: include_str!("editor/README.md"), owner: Owner::Person },
    EditorFile { name: "tsconfig.json", text: include_str!("editor/tsconfig.json"), owner: Owner::Person },
    EditorFile { name: "modules.d.ts", text: include_str!("editor/modules.d.ts"), owner: Owner::Narrows },
    EditorFile { name: "globals.d.ts", text: include_str!("editor/globals.d.ts"), owner: Owner::Narrows },
];
