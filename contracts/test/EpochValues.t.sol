// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochValues} from "../src/EpochValues.sol";
import {Asserts, VM} from "./support/Vm.sol";

contract EpochValuesTest is Asserts {
    using EpochValues for EpochValues.Trace;

    EpochValues.Trace private _trace;
    uint64[] private _starts;
    uint192[] private _values;

    function set(uint64 start, uint192 value) external {
        _trace.set(start, value);
    }

    /// The binary search agrees with a walk over all versions, at every start and next to it.
    function testFuzz_FindsWhatAWalkFinds(uint8[] calldata steps, uint192[] calldata values) external {
        uint64 start = 1;
        for (uint256 i = 0; i < steps.length && i < values.length && i < 16; ++i) {
            start += steps[i];
            if (_starts.length > 0 && _starts[_starts.length - 1] == start) {
                _values[_values.length - 1] = values[i];
            } else {
                _starts.push(start);
                _values.push(values[i]);
            }
            _trace.set(start, values[i]);
            same(_trace.latest(), values[i], "latest");
        }
        for (uint256 i = 0; i < _starts.length; ++i) {
            _compare(_starts[i] - 1);
            _compare(_starts[i]);
            _compare(_starts[i] + 1);
        }
        _compare(0);
        _compare(type(uint64).max);
    }

    function test_EarlierStartIsRefused() external {
        _trace.set(5, 1);
        VM.expectRevert(abi.encodeWithSelector(EpochValues.StartNotRising.selector, 5, 4));
        this.set(4, 2);
    }

    function test_EmptyIsZero() external view {
        same(_trace.at(type(uint64).max), 0, "at");
        same(_trace.latest(), 0, "latest");
    }

    function _compare(uint64 epoch) private view {
        uint192 expected = 0;
        for (uint256 i = 0; i < _starts.length; ++i) {
            if (_starts[i] <= epoch) expected = _values[i];
        }
        same(_trace.at(epoch), expected, "at");
    }
}
