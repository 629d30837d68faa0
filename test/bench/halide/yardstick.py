"""Two kernels as Halide's autoscheduler makes them, for halide-yardstick to time beside ours.

    python3 yardstick.py OUT.so        (needs the package halide and a C compiler)

Sizes are fixed and known to the compiler, as ours are; all dimensions that a call may lay out freely lie as here:
  gemm  y[m][n] = sum_k x[m][k] * w[k][n]                                        f32
  gemv  y[n] = sum_g (sum_k x[g][k] * w[n][g][k]) * (scale_x[g] * scale_w[n][g])  int8 in groups of 32, sums in int32
"""
import pathlib
import subprocess
import sys
import tempfile

import halide as hl

M, N, K = 64, 1024, 1024  # of gemm
OUT, IN, GROUP = 2048, 3072, 32  # of gemv
TARGET = "x86-64-linux-avx512_zen4"
ROOT = pathlib.Path(hl.install_dir())
SIZES = {("gemm", "x"): [K, M], ("gemm", "w"): [N, K], ("gemv", "x"): [GROUP, IN // GROUP], ("gemv", "scale_x"): [IN // GROUP],
         ("gemv", "w"): [GROUP, IN // GROUP, OUT], ("gemv", "scale_w"): [IN // GROUP, OUT]}


def parameter(function, name, kind):
    sizes = SIZES[function, name]
    made = hl.ImageParam(kind, len(sizes), name)
    for i, size in enumerate(sizes):
        made.dim(i).set_bounds(0, size).set_estimate(0, size)
    made.dim(0).set_stride(1)
    return made


def gemm():
    x, w = (parameter("gemm", name, hl.Float(32)) for name in ("x", "w"))
    n, m, k = hl.Var("n"), hl.Var("m"), hl.RDom([(0, K)], "k")
    product, y = hl.Func("product"), hl.Func("gemm")
    product[n, m] = hl.f32(0)
    product[n, m] += x[k, m] * w[n, k]
    y[n, m] = product[n, m]  # a stage of its own leaves the product room in registers
    return y, [x, w], [N, M]


def gemv():
    x, w = (parameter("gemv", name, hl.Int(8)) for name in ("x", "w"))
    scale_x, scale_w = (parameter("gemv", name, hl.Float(32)) for name in ("scale_x", "scale_w"))
    n, g = hl.Var("n"), hl.Var("g")
    k, r = hl.RDom([(0, GROUP)], "k"), hl.RDom([(0, IN // GROUP)], "r")
    dot, product, y = hl.Func("dot"), hl.Func("product"), hl.Func("gemv")
    dot[g, n] = hl.i32(0)
    dot[g, n] += hl.i32(x[k, g]) * hl.i32(w[k, g, n])
    product[n] = hl.f32(0)
    product[n] += hl.f32(dot[r, n]) * (scale_x[r] * scale_w[r, n])
    y[n] = product[n]
    return y, [x, scale_x, w, scale_w], [OUT]


def wrapper(name, parameters, sizes):
    """A function of plain pointers around Halide's."""
    lines, names = [], []

    def buffer(label, code, bits, extents):
        dims, stride = [], 1
        for extent in extents:
            dims.append(f"{{0, {extent}, {stride}, 0}}")
            stride *= extent
        names.append(label)
        lines.append(f"  halide_dimension_t d_{label}[] = {{{', '.join(dims)}}};\n"
                     f"  halide_buffer_t b_{label} = {{}};\n  b_{label}.host = (uint8_t *){label};\n"
                     f"  b_{label}.type = halide_type_t({code}, {bits}); b_{label}.dimensions = {len(extents)};\n"
                     f"  b_{label}.dim = d_{label};\n")

    for p in parameters:
        code = "halide_type_float" if p.type().is_float() else "halide_type_int"
        buffer(p.name(), code, p.type().bits(), SIZES[name, p.name()])
    buffer("y", "halide_type_float", 32, sizes)
    arguments = ", ".join(f"void *{label}" for label in names)
    call = ", ".join(f"&b_{label}" for label in names)
    return f'extern "C" int yardstick_{name}({arguments}) {{\n{"".join(lines)}  return {name}({call});\n}}\n'


def main():
    hl.load_plugin(str(ROOT / "lib64" / "libautoschedule_adams2019.so"))
    with tempfile.TemporaryDirectory() as folder:
        target, objects, code = hl.Target(TARGET), [], ""
        for name, make in {"gemm": gemm, "gemv": gemv}.items():
            function, parameters, sizes = make()
            function.set_estimates([hl.Range(0, size) for size in sizes])
            pipeline = hl.Pipeline(function)
            pipeline.apply_autoscheduler(target, hl.AutoschedulerParams("Adams2019", {"parallelism": "1"}))
            at = str(pathlib.Path(folder) / name)
            outputs = {hl.OutputFileType.object: at + ".o", hl.OutputFileType.c_header: at + ".h"}
            runtime = target if not objects else target.with_feature(hl.TargetFeature.NoRuntime)
            pipeline.compile_to(outputs, parameters, name, runtime)
            objects.append(at + ".o")
            code += f'#include "{at}.h"\n' + wrapper(name, parameters, sizes)
        source = pathlib.Path(folder) / "wrapper.cpp"
        source.write_text(code)
        subprocess.check_call(["c++", "-O2", "-shared", "-fPIC", "-o", sys.argv[1], source, *objects, "-lpthread", "-ldl"])


main()
