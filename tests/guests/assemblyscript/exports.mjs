// A transform of the compiler: gives the exports their names of the canonical ABI, which are no identifiers.

export default {
  afterCompile(module) {
    for (const name of ["describe", "run", "clean"]) {
      module.removeExport(`guest_${name}`);
      module.addFunctionExport(`guest/guest_${name}`, `wayfarer:journey/guest@0.2.0#${name}`);
    }
  },
};
