// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SEATS_MAX} from "../src/Limits.sol";
import {Seat} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {SeatsHandler} from "./support/SeatsHandler.sol";
import {VM} from "./support/Vm.sol";

/// The active set under any sequence of registrations, stakes, keys and retirements.
contract SeatsInvariantsTest is RegistryTest {
    SeatsHandler private _handler;

    function setUp() public override {
        super.setUp();
        _handler = new SeatsHandler(registry, stakes);
    }

    /// What forge may call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// The newest set, in effect or pending: few enough seats, one each, all with enough stake, and flags that agree. And what
    /// is in effect at the next epoch doesn't change.
    /// forge-config: default.invariant.fail-on-revert = true
    /// forge-config: campaign.invariant.fail-on-revert = true
    function invariant_Seats() external view {
        same(_handler.surprise(), "", "surprise");
        Seat[] memory seats = registry.activeSetAt(type(uint64).max);
        yes(seats.length <= SEATS_MAX, "seats");
        same(registry.validatorCountAt(type(uint64).max), seats.length, "count");
        for (uint256 i = 0; i < seats.length; ++i) {
            yes(seats[i].operator != address(0) && seats[i].stake >= stakes.VALIDATOR_MIN(), "has stake");
            no(_handler.retired(seats[i].operator), "retired");
            for (uint256 j = 0; j < i; ++j) {
                yes(seats[i].operator != seats[j].operator && seats[i].signer != seats[j].signer, "one seat each");
            }
        }
        _checkFlags(seats);
        _checkWeights(seats);
        _checkStakes(seats);
        uint64 final_ = registry.currentEpoch() + 1;
        same(_handler.frozenTotal(), final_ + 1, "frozen up to the next epoch");
        _expectFrozen(final_);
    }

    /// No set in effect, now or before, has ever changed.
    function afterInvariant() external view {
        for (uint64 epoch = 0; epoch < _handler.frozenTotal(); ++epoch) {
            _expectFrozen(epoch);
        }
    }

    /// @dev `active` and `signerAt` say for every operator what the seats say.
    function _checkFlags(Seat[] memory seats) private view {
        for (uint256 i = 0; i < _handler.OPERATORS(); ++i) {
            address operator = operatorOf(i);
            address seated = address(0);
            for (uint256 seat = 0; seat < seats.length; ++seat) {
                if (seats[seat].operator == operator) seated = seats[seat].signer;
            }
            same(registry.signerAt(operator, type(uint64).max), seated, "flag and seat agree");
        }
    }

    function _checkWeights(Seat[] memory seats) private pure {
        uint256 total = 0;
        for (uint256 i = 0; i < seats.length; ++i) {
            total += seats[i].weight;
        }
        for (uint256 i = 0; i < seats.length; ++i) {
            yes(seats[i].weight > 0 && seats[i].weight <= seats[i].stake, "weight");
            if (seats.length > 5) yes(5 * uint256(seats[i].weight) <= total, "a fifth");
            else same(seats[i].weight, seats[0].weight, "few weigh the same");
            if (i == 0) continue;
            bool rises = seats[i].stake >= seats[i - 1].stake;
            yes(rises ? seats[i].weight >= seats[i - 1].weight : seats[i].weight <= seats[i - 1].weight, "monotone");
        }
    }

    /// @dev Each seat's stake is what its operator has bonded now: every change was noted. So none that counts is missing.
    function _checkStakes(Seat[] memory seats) private view {
        for (uint256 i = 0; i < seats.length; ++i) {
            uint256 bonded = stakes.bonded(seats[i].operator, 0);
            same(seats[i].stake, bonded > type(uint96).max ? type(uint96).max : bonded, "stake of now");
        }
    }

    function _expectFrozen(uint64 epoch) private view {
        same(_handler.fingerprint(epoch), _handler.frozen(epoch), VM.toString(epoch));
    }
}
