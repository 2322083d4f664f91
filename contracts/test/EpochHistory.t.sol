// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochHistory} from "../src/EpochHistory.sol";
import {Asserts, VM} from "./support/Vm.sol";

contract EpochHistoryTest is Asserts {
    using EpochHistory for EpochHistory.Trace;

    EpochHistory.Trace private _trace;
    uint64[] private _starts;

    function push(uint64 start) external returns (uint256) {
        return _trace.push(start);
    }

    /// The binary search agrees with a walk over all starts, at every start and next to it.
    function testFuzz_FindsWhatAWalkFinds(uint8[] calldata steps) external {
        uint64 start = 0;
        for (uint256 i = 0; i < steps.length && i < 16; ++i) {
            start += steps[i];
            if (_starts.length == 0 || _starts[_starts.length - 1] != start) _starts.push(start);
            uint256 index = _trace.push(start);
            same(index, _starts.length - 1, "as many as there are starts");
            same(index, _trace.newestIndex(), "index");
            same(_trace.startOf(index), start, "start");
        }
        for (uint256 i = 0; i < _starts.length; ++i) {
            _compare(_starts[i]);
            _compare(_starts[i] + 1);
            if (_starts[i] > 0) _compare(_starts[i] - 1);
        }
        _compare(0);
        _compare(type(uint64).max);
    }

    function test_SameStartKeepsTheIndex() external {
        same(_trace.push(5), 0, "first");
        same(_trace.push(5), 0, "again");
        same(_trace.push(6), 1, "next");
    }

    function test_EarlierStartIsRefused() external {
        _trace.push(5);
        VM.expectRevert(abi.encodeWithSelector(EpochHistory.StartNotRising.selector, 5, 4));
        this.push(4);
    }

    function test_EmptyFindsNothing() external view {
        (bool found,) = _trace.find(type(uint64).max);
        no(found, "found");
    }

    function _compare(uint64 epoch) private view {
        (bool found, uint256 index) = _trace.find(epoch);
        bool expected = false;
        uint256 at = 0;
        for (uint256 i = 0; i < _starts.length; ++i) {
            if (_starts[i] <= epoch) (expected, at) = (true, i);
        }
        yes(found == expected, "found");
        same(index, at, "at");
    }
}
