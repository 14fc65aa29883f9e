//! The numbers of one configuration: from variables to Rust constants and a C header. Touches no file
//! and no environment.

/// The variables that a configuration is read from.
pub(crate) const VARIABLES: [&str; 4] =
    ["MEMOMAN_ALIGN", "MEMOMAN_SECOND_LEVELS", "MEMOMAN_LARGEST_POOL", "MEMOMAN_POOLS"];

/// What the library is compiled for, in Cargo's words.
pub(crate) struct Target {
    /// Bytes of a pointer.
    pub(crate) word: u64,
    pub(crate) arch: String,
    pub(crate) os: String,
    pub(crate) env: String,
}

impl Target {
    /// The alignment of C's `max_align_t`, by the platform's binary interface; 16 where it is unknown.
    fn max_align(&self) -> u64 {
        match (&*self.arch, &*self.os, &*self.env) {
            ("arm" | "mips" | "mips32r6" | "sparc" | "s390x" | "m68k" | "csky", ..) => 8,
            ("hexagon" | "xtensa" | "avr" | "msp430", ..) => 8,
            ("x86", "android", _) | ("x86", "windows", "msvc") => 8,
            _ => 16,
        }
    }
}

/// The numbers that the heaps of one library are compiled with.
pub(crate) struct Configuration {
    word: u64,
    /// Alignment of the blocks of an `mm` heap. Those of a `tlsf` heap have the word's.
    align: u64,
    /// Lists for each power of two of sizes.
    second_levels: u64,
    /// Bytes of the largest pool, as requested: a heap can have one that is a little larger.
    largest_pool: u64,
    /// Entries in the table of pools.
    pools: u64,
}

impl Configuration {
    /// Reads the variables. A variable that is not set, or is empty, has its default.
    pub(crate) fn read(
        target: &Target,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, String> {
        let read = |name: &str, default: u64, valid: &dyn Fn(u64) -> bool, values: &str| {
            let Some(text) = variable(name).filter(|text| !text.is_empty()) else {
                return Ok(default);
            };
            bytes(&text)
                .filter(|&number| valid(number))
                .ok_or_else(|| format!("{name}={text}: must be {values}"))
        };
        let word = target.word;
        let most = (1_u64 << (8 * word - 1)) - 1;
        let largest = if word == 8 { 4 << 30 } else { 1 << 30 };
        let [align, second, pool, pools] = VARIABLES;
        Ok(Self {
            word,
            align: read(
                align,
                target.max_align(),
                &|n| [8, 16, 32, 64].contains(&n) && n >= word,
                "8, 16, 32 or 64",
            )?,
            second_levels: read(second, 32, &|n| [4, 8, 16, 32].contains(&n), "4, 8, 16 or 32")?,
            largest_pool: read(
                pool,
                largest,
                &|n| (1024..=most).contains(&n),
                "bytes, or a number with K, M or G: from 1K to half the address space",
            )?,
            pools: read(pools, 32, &|n| (1..=65535).contains(&n), "1 to 65535")?,
        })
    }

    /// First-level rows for an alignment: `memoman::first_levels_for`, which the library compares.
    fn first_levels(&self, align: u64) -> u64 {
        let log2 = self.limit_log2(align);
        let small_log2 = u64::from((self.second_levels * align).ilog2());
        log2 - small_log2 + 1
    }

    /// log2 of the first block size that is too large.
    fn limit_log2(&self, align: u64) -> u64 {
        let need = self.largest_pool.saturating_sub(self.extra(align));
        let log2 = u64::from((need - 1).ilog2()) + 1;
        let small_log2 = u64::from((self.second_levels * align).ilog2());
        log2.max(small_log2 + 1)
    }

    /// What the largest pool has beyond a power of two.
    fn extra(&self, align: u64) -> u64 {
        if align == self.word { 2 * self.word - 1 } else { align - 1 }
    }

    fn name(&self, align: u64) -> String {
        let first_levels = self.first_levels(align);
        format!("a{align}_s{}_f{first_levels}_p{}", self.second_levels, self.pools)
    }

    /// What the symbols of an `mm` heap's constructors end in.
    pub(crate) fn mm_name(&self) -> String {
        self.name(self.align)
    }

    /// What the symbols of a `tlsf` heap's constructors end in.
    pub(crate) fn tlsf_name(&self) -> String {
        self.name(self.word)
    }

    /// The constants of the library, in Rust.
    pub(crate) fn rust(&self) -> String {
        let Self { align, second_levels, largest_pool, pools, word } = self;
        let (mm, tlsf) = (self.first_levels(*align), self.first_levels(*word));
        format!(
            "/// Alignment of the blocks of an `mm` heap.\n\
             pub(crate) const MM_ALIGN: usize = {align};\n\
             /// Lists for each power of two of sizes.\n\
             pub(crate) const SECOND_LEVELS: usize = {second_levels};\n\
             /// First-level rows of an `mm` heap.\n\
             pub(crate) const MM_FIRST_LEVELS: usize = {mm};\n\
             /// First-level rows of a `tlsf` heap.\n\
             pub(crate) const TLSF_FIRST_LEVELS: usize = {tlsf};\n\
             /// Bytes that a pool may have at least.\n\
             pub(crate) const LARGEST_POOL: usize = {largest_pool};\n\
             /// Entries in the table of pools.\n\
             pub(crate) const MM_POOLS_MAX: usize = {pools};\n"
        )
    }

    /// `memoman_config.h`.
    pub(crate) fn header(&self) -> String {
        let (mm, tlsf) = (self.mm_name(), self.tlsf_name());
        let values = [
            ("MM_ALIGN@", self.align.to_string()),
            ("MM_SECOND_LEVELS@", self.second_levels.to_string()),
            ("MM_FIRST_LEVELS@", self.first_levels(self.align).to_string()),
            ("TLSF_FIRST_LEVELS@", self.first_levels(self.word).to_string()),
            ("MM_LIMIT_LOG2@", self.limit_log2(self.align).to_string()),
            ("MM_POOLS_MAX@", self.pools.to_string()),
            ("WORD@", self.word.to_string()),
            ("MM_NAME@", mm),
            ("TLSF_NAME@", tlsf),
        ];
        let template = include_str!("memoman_config.h.in").to_owned();
        values.iter().fold(template, |text, (name, value)| text.replace(&format!("@{name}"), value))
    }
}

/// A number, with K, M or G for 2^10, 2^20 or 2^30.
fn bytes(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'K' => (&text[..text.len() - 1], 10),
        b'M' => (&text[..text.len() - 1], 20),
        b'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}
