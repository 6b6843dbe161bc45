// The optimizer of Vite before version 8 moves the library away from its WebAssembly module.
export default { optimizeDeps: { exclude: ["saxaul"] } };
