// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EpochClock} from "./EpochClock.sol";
import {EpochHistory} from "./EpochHistory.sol";
import {SEATS_MAX} from "./Limits.sol";
import {Weights} from "./Weights.sol";

/// @title The seats: at most 31 validators whose word counts at an epoch
/// @notice Each version of the set is a snapshot, one word a seat (signer and stake), in effect two epochs after the change.
/// So a consensus root reads one word a signature and one beside, and later changes of stake or signer move nothing that is in
/// effect.
abstract contract ActiveSet is EpochClock {
    using EpochHistory for EpochHistory.Trace;

    struct SetVersion {
        /// The most that a seat weighs, and the sum of all weights: of these very words.
        uint96 cap;
        uint128 total;
        uint32 count;
        /// The first `count` are seats: the signer in the lower 160 bits, its stake above, at most 2^96 − 1.
        uint256[SEATS_MAX] words;
    }

    EpochHistory.Trace private _setHistory;
    mapping(uint256 index => SetVersion) private _sets;

    /// @notice The number of seats taken at an epoch. Final for epochs up to the current one plus 1.
    function validatorCountAt(uint64 epoch) public view returns (uint32) {
        return _setAt(epoch).count;
    }

    /// @dev The version in effect at an epoch: an empty one before the first.
    function _setAt(uint64 epoch) internal view returns (SetVersion storage) {
        (bool found, uint256 index) = _setHistory.find(epoch);
        return _sets[found ? index : type(uint256).max];
    }

    function _wordsOf(SetVersion storage version) internal view returns (uint256[] memory words) {
        words = new uint256[](version.count);
        for (uint256 i = 0; i < words.length; ++i) {
            words[i] = version.words[i];
        }
    }

    function _weightOf(uint256 word, uint256 cap) internal pure returns (uint256) {
        uint256 stake = word >> 160;
        return stake < cap ? stake : cap;
    }

    function _signerOf(uint256 word) internal pure returns (address) {
        return address(uint160(word));
    }

    /// @dev Deals one validator's seat in the newest version.
    /// @param held The signer under which it may have a seat already.
    /// @param signer Its signer from `effect` on.
    /// @param stake What it has bonded; zero gives the seat up, and never gets one.
    /// @return seated Whether it has a seat from `effect` on.
    /// @return evicted The signer of the one that lost its seat to it, or zero.
    function _deal(uint64 effect, address held, address signer, uint256 stake)
        internal
        returns (bool seated, address evicted)
    {
        uint256[] memory words = _wordsOf(_setAt(type(uint64).max)); // the newest version
        uint256 count = words.length;
        uint256 seat = _find(words, held);
        if (stake == 0) {
            if (seat == count) return (false, address(0));
            _write(effect, words, seat, words[count - 1], count - 1);
            return (false, address(0));
        }
        if (stake > type(uint96).max) stake = type(uint96).max;
        if (seat == count && count == SEATS_MAX) {
            seat = _poorest(words);
            if (words[seat] >> 160 >= stake) return (false, address(0));
            evicted = _signerOf(words[seat]);
        }
        uint256 word = stake << 160 | uint160(signer);
        if (seat == count) _write(effect, words, seat, word, count + 1);
        else if (words[seat] != word) _write(effect, words, seat, word, count);
        return (true, evicted);
    }

    /// @dev Writes the newest version with `word` in place of one seat's, and `count` seats.
    function _write(uint64 effect, uint256[] memory words, uint256 seat, uint256 word, uint256 count) private {
        SetVersion storage version = _sets[_setHistory.push(effect)];
        uint256[] memory stakes = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 wanted = i == seat ? word : words[i];
            stakes[i] = wanted >> 160;
            if (version.words[i] != wanted) version.words[i] = wanted;
        }
        (uint256 cap, uint256 total) = Weights.capped(stakes);
        // no cap is above the largest stake, and 31 stakes of 96 bits sum up to 101 bits
        (version.cap, version.total, version.count) = (uint96(cap), uint128(total), uint32(count));
    }

    /// @dev The seat of a signer; the number of seats when it has none.
    function _find(uint256[] memory words, address signer) private pure returns (uint256 seat) {
        while (seat < words.length && _signerOf(words[seat]) != signer) ++seat;
    }

    /// @dev The first seat with the smallest stake.
    function _poorest(uint256[] memory words) private pure returns (uint256 seat) {
        for (uint256 i = 1; i < words.length; ++i) {
            if (words[i] >> 160 < words[seat] >> 160) seat = i;
        }
    }
}
