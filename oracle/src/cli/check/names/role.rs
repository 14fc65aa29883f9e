//! What a function of an allocator is for, and which arguments it can take.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an argument of a function is. Each is one machine word.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) enum Argument {
    /// What `create` or `create_with_pool` has returned.
    Heap,
    /// Requested bytes.
    Size,
    /// The requested alignment.
    Align,
    /// A live block.
    Block,
    /// Where memory starts.
    Mem,
    /// How many bytes it has.
    Bytes,
    /// What `add_pool` or `get_pool` has returned.
    Pool,
    /// Where the function writes the block that it returns.
    Out,
    /// The function that a walk calls for each block.
    Walker,
    /// The last argument of that function.
    User,
    /// A constant.
    Number(usize),
}

impl Argument {
    /// The arguments with a name.
    const NAMED: [(&'static str, Self); 10] = [
        ("heap", Self::Heap),
        ("size", Self::Size),
        ("align", Self::Align),
        ("block", Self::Block),
        ("mem", Self::Mem),
        ("bytes", Self::Bytes),
        ("pool", Self::Pool),
        ("out", Self::Out),
        ("walker", Self::Walker),
        ("user", Self::User),
    ];

    /// Reads a name or a number.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let named = Self::NAMED.iter().find(|(name, _)| *name == text);
        named.map(|(_, argument)| *argument).or_else(|| text.parse().ok().map(Self::Number))
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMED.iter().find(|(_, argument)| argument == self) {
            Some((name, _)) => f.write_str(name),
            None => match self {
                Self::Number(number) => write!(f, "{number}"),
                _ => unreachable!("every other argument has a name"),
            },
        }
    }
}

macro_rules! roles {
    ($($role:ident $key:literal $needs:expr, $may:expr, $says:literal;)+) => {
        /// What a function is for.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub(crate) enum Role { $(#[doc = $says] $role,)+ }

        impl Role {
            /// All, in the order of the documentation.
            pub(crate) const ALL: &[Self] = &[$(Self::$role,)+];

            /// Its key in a table of names.
            pub(crate) const fn key(self) -> &'static str {
                match self { $(Self::$role => $key,)+ }
            }

            /// The arguments that it must take, and those that it may take beside them.
            pub(crate) const fn arguments(self) -> (&'static [Argument], &'static [Argument]) {
                match self { $(Self::$role => ($needs, $may),)+ }
            }
        }
    };
}

impl Role {
    /// Whether it returns a pointer, which is recorded as an offset.
    pub(crate) const fn returns_pointer(self) -> bool {
        use Role::{AddPool, Create, CreateWithPool, GetPool, Malloc, Memalign, Realloc, Zeroed};
        matches!(
            self,
            AddPool | Create | CreateWithPool | GetPool | Malloc | Memalign | Realloc | Zeroed
        )
    }
}

use Argument::{Align, Block, Bytes, Heap, Mem, Out, Pool, Size, User, Walker};

roles! {
    Size "size" &[], &[], "The bytes of the control structure that `create` makes.";
    Create "create" &[Mem], &[Bytes], "Makes a heap without a pool; null if it cannot.";
    CreateWithPool "create_with_pool" &[Mem, Bytes], &[], "Makes a heap in memory from which it also serves; null if it cannot.";
    Destroy "destroy" &[Heap], &[], "Ends a heap.";
    AddPool "add_pool" &[Heap, Mem, Bytes], &[], "Adds memory; null if it is refused.";
    RemovePool "remove_pool" &[Heap, Pool], &[], "Removes a pool.";
    GetPool "get_pool" &[Heap], &[], "The pool of `create_with_pool`.";
    Malloc "malloc" &[Size], &[Heap, Out], "A block; null if it is refused.";
    Memalign "memalign" &[Align, Size], &[Heap, Out], "A block at a multiple of `align`; null if it is refused.";
    Zeroed "zeroed" &[Size], &[Heap], "A block of zeros; null if it is refused.";
    Realloc "realloc" &[Block, Size], &[Heap], "Gives a block another size; null if it is refused.";
    Free "free" &[Block], &[Heap], "Frees a block.";
    UsableSize "usable_size" &[Block], &[Heap], "The bytes of a block.";
    Check "check" &[], &[Heap], "The heap's own check as an int: 0 if it passes.";
    IsSound "is_sound" &[], &[Heap], "The heap's own check as a bool: true if it passes.";
    CheckPool "check_pool" &[Pool], &[Heap], "The check of a pool as an int: 0 if it passes.";
    WalkPool "walk_pool" &[Pool, Walker, User], &[Heap], "Calls `walker(block, bytes, is_used, user)` for each block of a pool.";
    Walk "walk" &[Walker, User], &[Heap], "The same for each block of the heap.";
    AlignSize "align_size" &[], &[], "The alignment of every block.";
    BlockSizeMin "block_size_min" &[], &[], "The bytes of the least block.";
    BlockSizeMax "block_size_max" &[], &[], "The first size that no block has.";
    PoolOverhead "pool_overhead" &[], &[], "The bytes of a pool that no block has.";
    AllocOverhead "alloc_overhead" &[], &[], "The bytes of a header.";
}
