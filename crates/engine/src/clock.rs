//! The clock and the random numbers of a run: both come from the host, so a run can be repeated exactly.

use core::cell::Cell;

thread_local! {
    static NOW_MS: Cell<f64> = const { Cell::new(0.0) };
    static STARTED_MS: Cell<f64> = const { Cell::new(0.0) };
    static STATE: Cell<[u64; 4]> = const { Cell::new([1, 2, 3, 4]) };
}

/// Sets the clock of a slice.
pub fn set_now(now_ms: f64) {
    NOW_MS.set(now_ms);
}

/// Begins a run.
pub fn start(now_ms: f64, seed: u64) {
    NOW_MS.set(now_ms);
    STARTED_MS.set(now_ms);
    // SplitMix64 spreads the seed over the state, as the authors of xoshiro advise.
    let mut mixed = seed;
    STATE.set(core::array::from_fn(|_| {
        mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = mixed;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }));
}

pub fn now_ms() -> f64 {
    NOW_MS.get()
}

pub fn started_ms() -> f64 {
    STARTED_MS.get()
}

/// The next 64 random bits (xoshiro256++).
pub fn random_bits() -> u64 {
    let mut state = STATE.get();
    let result = state[0].wrapping_add(state[3]).rotate_left(23).wrapping_add(state[0]);
    let shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = state[3].rotate_left(45);
    STATE.set(state);
    result
}

/// A random number from 0 to 1, without 1.
pub fn random() -> f64 {
    (random_bits() >> 11) as f64 / (1_u64 << 53) as f64
}

/// QuickJS's own clock: `Date`.
#[unsafe(no_mangle)]
extern "C" fn __rquickjs_host_now_us() -> f64 {
    NOW_MS.get() * 1000.0
}
