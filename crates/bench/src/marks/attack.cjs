// Rewrites JavaScript or TypeScript files in place: `attack.cjs reprint|minify TOOLS FILE...`, with acorn, astring, terser and
// typescript from the folder of tools. Prints the names of those that it could not.
const fs = require("fs");
const path = require("path");
const Module = require("module");

// terser wants this package when it is loaded and uses it for source maps only, of which none is asked for.
const load = Module._load;
Module._load = function (name, ...rest) {
  return name === "@jridgewell/source-map" ? {} : load.call(this, name, ...rest);
};

const [, , what, tools, ...files] = process.argv;
const tool = (name) => require(path.join(tools, name));

function tree(text) {
  const acorn = tool("acorn/dist/acorn.js");
  const options = { ecmaVersion: "latest", allowHashBang: true, allowReturnOutsideFunction: true };
  try {
    return acorn.parse(text, { ...options, sourceType: "module" });
  } catch {
    return acorn.parse(text, { ...options, sourceType: "script" });
  }
}

function typed(name) {
  return /\.[mc]?tsx?$/.test(name);
}

function reprint(name, text) {
  if (!typed(name)) return tool("astring/dist/astring.js").generate(tree(text));
  const ts = tool("typescript/lib/typescript.js");
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, false);
  if (source.parseDiagnostics.length > 0) throw new Error("does not parse");
  return ts.createPrinter({ removeComments: true }).printFile(source);
}

async function minify(name, text) {
  if (typed(name)) {
    const ts = tool("typescript/lib/typescript.js");
    const options = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext, jsx: ts.JsxEmit.Preserve };
    text = ts.transpileModule(text, { fileName: name, compilerOptions: options }).outputText;
  }
  const { minify } = tool("terser/dist/bundle.min.js");
  const options = { mangle: { toplevel: true }, compress: true };
  try {
    return (await minify(text, { ...options, module: true })).code;
  } catch {
    return (await minify(text, options)).code;
  }
}

(async () => {
  for (const name of files) {
    try {
      const text = fs.readFileSync(name, "utf8");
      const done = await (what === "reprint" ? reprint(name, text) : minify(name, text));
      // Types alone leave no code behind.
      if (!done) throw new Error("nothing is left");
      fs.writeFileSync(name, done + "\n");
    } catch (error) {
      console.log(name, String(error.message).split("\n")[0]);
    }
  }
})();
