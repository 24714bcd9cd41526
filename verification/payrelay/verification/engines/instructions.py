"""Instructions: what a processor does at once and numba has no word for; for kernels only."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

BUCKET = 8
"""Places of a hash table that are looked at at once: codes of one word fill a line of the cache."""


@intrinsic
def _bit_count(_context: Any, word: Any) -> Any:
    def built(_target: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.ctpop(given[0])

    return (word(word), built) if word == types.uint64 else None


bit_count: Any = _bit_count
"""How many bits of a word are set."""


@intrinsic
def _natural(_context: Any, number: Any) -> Any:
    def built(_target: Any, builder: Any, _signature: Any, given: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(1)])
        assume = builder.module.declare_intrinsic("llvm.assume", (), kind)
        builder.call(assume, [builder.icmp_signed(">=", given[0], given[0].type(0))])
        return given[0]

    return number(number), built


natural: Any = _natural
"""A number that is not negative, which is taken on trust: no index made of it counts from the end."""


@intrinsic
def _prefetch(_context: Any, array: Any, place: Any) -> Any:
    def built(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        at = builder.bitcast(builder.gep(data, [given[1]]), cgutils.voidptr_t)
        flag = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag])
        fetch = builder.module.declare_intrinsic("llvm.prefetch", [cgutils.voidptr_t], kind)
        builder.call(fetch, [at, flag(1), flag(3), flag(1)])  # to be written, to be kept, data
        return context.get_dummy_value()

    return types.void(array, place), built


prefetch: Any = _prefetch
"""Have a place of an array brought near, without waiting for it."""


@intrinsic
def _matches(_context: Any, table: Any, _first: Any, _mask: Any, _value: Any) -> Any:
    def built(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, given[0]).data
        element, half = given[2].type, ir.IntType(32)
        bucket = ir.VectorType(element, BUCKET)
        nothing = ir.Constant(bucket, ir.Undefined)
        places = builder.bitcast(builder.gep(data, [given[1]]), bucket.as_pointer())

        def everywhere(of: Any) -> Any:
            at_first = builder.insert_element(nothing, of, half(0))
            return builder.shuffle_vector(at_first, nothing, ir.Constant(ir.VectorType(half, BUCKET), None))

        held = builder.load(places, align=element.width // 8)
        equal = builder.icmp_unsigned("==", builder.and_(held, everywhere(given[2])), everywhere(given[3]))
        return builder.zext(builder.bitcast(equal, ir.IntType(BUCKET)), ir.IntType(64))

    return types.uint64(table, types.intp, table.dtype, table.dtype), built


matches: Any = _matches
"""Which of the places of a bucket, from this one on, hold a value in the bits of a mask."""
