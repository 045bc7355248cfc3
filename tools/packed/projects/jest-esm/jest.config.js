export default { injectGlobals: false, testTimeout: 60_000, transform: {} };
