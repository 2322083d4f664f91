// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {Weights} from "../src/Weights.sol";
import {Asserts, VM} from "./support/Vm.sol";

/// Capping: the golden vectors that TypeScript reads too, and what must hold for any stakes.
contract WeightsTest is Asserts {
    function _weigh(uint256[] memory stakes) private pure returns (uint256[] memory weights, uint256 total) {
        uint256 cap;
        (cap, total) = Weights.capped(stakes);
        weights = new uint256[](stakes.length);
        for (uint256 i = 0; i < stakes.length; ++i) {
            weights[i] = stakes[i] < cap ? stakes[i] : cap;
        }
    }

    function test_GoldenVectors() external view {
        string memory json = VM.readFile("test/vectors/weights.json");
        uint256 count = 0;
        while (VM.keyExistsJson(json, string.concat("$[", VM.toString(count), "]"))) {
            string memory at = string.concat("$[", VM.toString(count), "].");
            uint256[] memory stakes = VM.parseJsonUintArray(json, string.concat(at, "stakes"));
            uint256[] memory expected = VM.parseJsonUintArray(json, string.concat(at, "weights"));
            (uint256[] memory weights, uint256 total) = _weigh(stakes);
            same(weights.length, expected.length, at);
            for (uint256 i = 0; i < weights.length; ++i) {
                same(weights[i], expected[i], at);
            }
            same(total, VM.parseJsonUint(json, string.concat(at, "total")), at);
            ++count;
        }
        yes(count > 20, "has vectors");
    }

    function test_NoSeatsWeighNothing() external pure {
        (uint256[] memory weights, uint256 total) = _weigh(new uint256[](0));
        same(weights.length, 0, "weights");
        same(total, 0, "total");
    }

    function testFuzz_AFifthAtMost(uint96[31] calldata drawn, uint256 count) external pure {
        uint256[] memory stakes = _stakes(drawn, between(count, 6, 31));
        (uint256[] memory weights, uint256 total) = _weigh(stakes);
        uint256 cap = Weights.capOf(stakes);
        uint256 sum = 0;
        for (uint256 i = 0; i < weights.length; ++i) {
            sum += weights[i];
            yes(5 * weights[i] <= total, "a fifth");
            same(weights[i], stakes[i] < cap ? stakes[i] : cap, "its stake or the cap");
            yes(weights[i] > 0, "every seat weighs");
        }
        same(sum, total, "total");
        // the cap is no lower than it must be: with one more it would exceed a fifth
        if (cap < _largest(stakes)) yes(5 * (cap + 1) > _sumCappedAt(stakes, cap + 1), "highest such cap");
    }

    function testFuzz_FewSeatsWeighTheSame(uint96[31] calldata drawn, uint256 count) external pure {
        uint256[] memory stakes = _stakes(drawn, between(count, 1, 5));
        (uint256[] memory weights,) = _weigh(stakes);
        uint256 smallest = type(uint256).max;
        for (uint256 i = 0; i < stakes.length; ++i) {
            if (stakes[i] < smallest) smallest = stakes[i];
        }
        for (uint256 i = 0; i < weights.length; ++i) {
            same(weights[i], smallest, "the smallest stake");
        }
    }

    function testFuzz_MoreStakeNeverWeighsLess(uint96[31] calldata drawn, uint256 count, uint256 which, uint96 more)
        external
        pure
    {
        uint256[] memory stakes = _stakes(drawn, between(count, 1, 31));
        (uint256[] memory weights,) = _weigh(stakes);
        for (uint256 i = 1; i < stakes.length; ++i) {
            if (stakes[i - 1] <= stakes[i]) yes(weights[i - 1] <= weights[i], "beside another");
            else yes(weights[i - 1] >= weights[i], "beside another, falling");
        }
        which = which % stakes.length;
        uint256 before = weights[which];
        stakes[which] += more;
        (weights,) = _weigh(stakes);
        yes(weights[which] >= before, "beside itself");
    }

    /// What a seat weighs depends on the stakes, not on their order.
    function testFuzz_OrderDoesNotMatter(uint96[31] calldata drawn, uint256 count) external pure {
        uint256[] memory stakes = _stakes(drawn, between(count, 1, 31));
        uint256[] memory turned = new uint256[](stakes.length);
        for (uint256 i = 0; i < stakes.length; ++i) {
            turned[i] = stakes[stakes.length - 1 - i];
        }
        same(Weights.capOf(turned), Weights.capOf(stakes), "cap");
    }

    /// @dev Stakes of very different sizes: drawn numbers, each cut to some width.
    function _stakes(uint96[31] calldata drawn, uint256 count) private pure returns (uint256[] memory stakes) {
        stakes = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            stakes[i] = (uint256(drawn[i]) >> drawn[i] % 90) + 1;
        }
    }

    function _largest(uint256[] memory values) private pure returns (uint256 largest) {
        for (uint256 i = 0; i < values.length; ++i) {
            if (values[i] > largest) largest = values[i];
        }
    }

    function _sumCappedAt(uint256[] memory stakes, uint256 cap) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < stakes.length; ++i) {
            sum += stakes[i] < cap ? stakes[i] : cap;
        }
    }
}
