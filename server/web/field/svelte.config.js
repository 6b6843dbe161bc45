/** Runes everywhere; styles in files, as the content security policy wants them. */
export default {
    compilerOptions: { runes: true, css: "external", modernAst: true },
};
