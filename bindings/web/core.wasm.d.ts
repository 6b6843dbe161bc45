/** The WebAssembly module as a bundler gives it: an address, or what its loader makes of it. */
declare const module: string;
export default module;
