#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dynoscaler_fuzz::heroku(data));
