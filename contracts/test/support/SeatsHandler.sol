// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../../src/AuditRegistry.sol";
import {Actors} from "./RegistryTest.sol";
import {StakesDouble} from "./StakesDouble.sol";
import {VM} from "./Vm.sol";

/// @dev More operators than seats, who register, gain and lose stake, change keys and retire in any order. It remembers what
/// each epoch was when it became final.
contract SeatsHandler is Actors {
    uint256 public constant OPERATORS = 40;
    uint256 private constant KEYS_EACH = 4;

    /// Fingerprint of each epoch's seats, taken when the epoch became final.
    bytes32[] public frozen;
    /// Retired operators, and what any of them did that it must not.
    mapping(address operator => bool) public retired;
    /// A call that had to succeed failed, or one that had to fail succeeded.
    string public surprise;

    constructor(AuditRegistry registry_, StakesDouble stakes_) {
        (registry, stakes) = (registry_, stakes_);
        _freeze();
        // most are there from the start, so that seats are scarce soon
        for (uint256 i = 0; i < 35; ++i) {
            register(i, 1_000 + 97 * i);
        }
        advance(2);
    }

    function frozenTotal() external view returns (uint256) {
        return frozen.length;
    }

    function advance(uint8 epochs) public {
        VM.warp(block.timestamp + uint256(epochs % 3 + 1) * EPOCH_SECONDS);
        _freeze();
    }

    function register(uint256 i, uint256 stake) public {
        address operator = operatorOf(i % OPERATORS);
        bool fresh = registry.validatorAt(operator, type(uint64).max).signer == address(0);
        if (fresh) stakes.setQuietly(operator, 0, _stake(stake));
        bool enough = stakes.bonded(operator, 0) >= stakes.VALIDATOR_MIN();
        VM.prank(operator);
        try registry.registerValidator(_signer(i % OPERATORS, 0), keccak256("tip"), "https://v.example") {
            if (!fresh || !enough) surprise = "registered twice or without stake";
        } catch {
            if (fresh && enough) surprise = "registration refused";
        }
    }

    /// The registry must take note of every change, whoever it is about.
    function restake(uint256 i, uint256 stake) external {
        try stakes.set(operatorOf(i % OPERATORS), 0, _stake(stake)) {}
        catch {
            surprise = "stakeChanged reverted";
        }
    }

    /// Small differences and ties around the least seat.
    function nudge(uint256 i, uint8 stake) external {
        stakes.set(operatorOf(i % OPERATORS), 0, 1_000 + stake % 8);
    }

    function poke(address anybody, uint256 i) external {
        registry.stakeChanged(i % 2 == 0 ? anybody : operatorOf(i % OPERATORS));
    }

    function changeKey(uint256 i, uint256 key) external {
        VM.prank(operatorOf(i % OPERATORS));
        try registry.updateValidator(_signer(i % OPERATORS, key % KEYS_EACH), "https://new.example") {} catch {}
    }

    function retire(uint256 i, uint8 luck) external {
        if (luck % 32 != 0) return; // final, so rare
        address operator = operatorOf(i % OPERATORS);
        VM.prank(operator);
        try registry.retireValidator() {
            if (retired[operator]) surprise = "retired twice";
            retired[operator] = true;
        } catch {}
    }

    /// Everything about seats that is in effect at an epoch.
    function fingerprint(uint64 epoch) public view returns (bytes32 hash) {
        hash = keccak256(abi.encode(registry.activeSetAt(epoch), registry.validatorCountAt(epoch)));
        for (uint256 i = 0; i < OPERATORS; i += 5) {
            hash = keccak256(abi.encode(hash, registry.validatorAt(operatorOf(i), epoch)));
        }
    }

    function _freeze() private {
        while (frozen.length <= registry.currentEpoch() + 1) frozen.push(fingerprint(uint64(frozen.length)));
    }

    /// @dev Often below the least that counts, sometimes a whale, most often like the others.
    function _stake(uint256 drawn) private pure returns (uint256) {
        if (drawn % 16 == 0) return between(drawn >> 8, 0, 999);
        if (drawn % 7 == 0) return between(drawn >> 8, 0, type(uint128).max);
        return between(drawn >> 8, 1_000, 9_000);
    }

    function _signer(uint256 i, uint256 key) private pure returns (address) {
        return address(uint160(0x51000 + i * KEYS_EACH + key));
    }
}
